// The discrete Fourier transform of any length in O(n log n).
#pragma once

#include <complex>
#include <vector>

namespace onnxrun {

using Signal = std::vector<std::complex<double>>;

// y[k] = sum over n of x[n] * exp(-2 pi i k n / N); inverse: exp(+...), divided by N.
Signal fourier_transform(Signal x, bool inverse);

}  // namespace onnxrun
