# Plans for cards that are not here: a program of its own, for its driver must be the first that the process finds.
add_library(onnxrun_no_driver MODULE ${CMAKE_CURRENT_LIST_DIR}/driver.cpp)
set_target_properties(onnxrun_no_driver PROPERTIES PREFIX "" OUTPUT_NAME libcuda.so.1 SUFFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/cards)
add_executable(onnxrun_card_tests ${CMAKE_CURRENT_LIST_DIR}/cards.cpp support/main.cpp)
target_link_libraries(onnxrun_card_tests PRIVATE onnxrun_internal doctest::doctest ${CMAKE_DL_LIBS})
target_compile_definitions(onnxrun_card_tests PRIVATE ONNXRUN_CUDA_DEVICE_LIBRARY="$<TARGET_FILE:onnxrun_cuda>")
add_dependencies(onnxrun_card_tests onnxrun_cuda onnxrun_no_driver)
add_test(NAME cuda_cards COMMAND onnxrun_card_tests)
set_tests_properties(cuda_cards PROPERTIES LABELS outside TIMEOUT 600 ENVIRONMENT LD_LIBRARY_PATH=${CMAKE_CURRENT_BINARY_DIR}/cards)
