#include "engine/base/contained_open.h"

#include <doctest/doctest.h>

#include "engine/base/atomic_file.h"
#include "onnxrun/error.h"
#include "tests/support/model_builder.h"

namespace onnxrun {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using test::write_file;

TEST_CASE("contained_open: both ways of opening agree") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "m/sub");
  write_file(folder / "out", "secret");
  write_file(folder / "m/a", "abc");
  write_file(folder / "m/sub/b", "abcd");
  write_file(folder / "m/once", "x");
  fs::create_hard_link(folder / "m/once", folder / "m/twice");
  fs::create_symlink("a", folder / "m/link");
  fs::create_symlink("sub", folder / "m/dir");
  fs::create_symlink("..", folder / "m/up");
  for (const Containment how : {Containment::kKernel, Containment::kWalk}) {
    CAPTURE(static_cast<int>(how));
    CHECK(open_contained(folder / "m", "a", how).size == 3);
    CHECK(open_contained(folder / "m", "sub/b", how).size == 4);
    CHECK(open_contained(folder / "m", "./sub/./b", how).size == 4);
    for (const char* bad : {"", "/", ".", "..", "../out", "sub/../a", "link", "dir/b", "up/out", "twice", "sub", "none", "a/b", "sub/", "//a"}) {
      CAPTURE(bad);
      CHECK_THROWS_AS(open_contained(folder / "m", bad, how), Error);
    }
  }
}

TEST_CASE("contained_open: the folder itself may be reached through a link") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "m");
  write_file(folder / "m/a", "abc");
  fs::create_symlink("m", folder / "n");
  CHECK(open_contained(folder / "n", "a").size == 3);
}

TEST_CASE("mapped_file: contents, empty files and what is no file") {
  const TemporaryFolder folder;
  write_file(folder / "a", "abc");
  write_file(folder / "empty", "");
  const auto map = MappedFile::open(folder / "a");
  CHECK(map->bytes().size() == 3);
  CHECK(map->bytes()[2] == std::byte{'c'});
  map->drop_pages(map->bytes());
  CHECK(map->bytes()[0] == std::byte{'a'});
  CHECK(MappedFile::open(folder / "empty")->bytes().empty());
  CHECK_THROWS_AS(MappedFile::open(folder / "none"), Error);
  CHECK_THROWS_AS(MappedFile::open(folder.path()), Error);
}

TEST_CASE("atomic_file: appears with commit, and leaves nothing without") {
  const TemporaryFolder folder;
  const std::string text = "abc";
  {
    AtomicFile file(folder / "a");
    file.write(std::as_bytes(std::span(text)));
    CHECK_FALSE(fs::exists(folder / "a"));
  }
  CHECK(fs::is_empty(folder.path()));
  write_file(folder / "a", "old");
  AtomicFile file(folder / "a");
  file.write(std::as_bytes(std::span(text)));
  file.align(8);
  CHECK(file.size() == 8);
  CHECK(test::read_file(folder / "a") == "old");
  file.commit();
  CHECK(test::read_file(folder / "a") == std::string("abc\0\0\0\0\0", 8));
  CHECK_THROWS_AS(AtomicFile(folder / "no/such/folder"), Error);
}

TEST_CASE("atomic_file: links stay links, and what is no regular file is written to as it is") {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  fs::create_symlink("a", folder / "link");
  const std::string text = "abc";
  const auto write = [&](const fs::path& target) {
    AtomicFile file(target);
    file.write(std::as_bytes(std::span(text)));
    file.commit();
  };
  write(folder / "link");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(test::read_file(folder / "a") == "abc");
  fs::create_symlink("new", folder / "dangling");
  write(folder / "dangling");
  CHECK(test::read_file(folder / "new") == "abc");
  fs::create_symlink("/dev/null", folder / "nothing");
  write(folder / "nothing");
  CHECK(fs::is_symlink(folder / "nothing"));
  CHECK(fs::is_character_file("/dev/null"));
  CHECK_THROWS_AS(AtomicFile(folder.path()), Error);
}

}  // namespace
}  // namespace onnxrun
