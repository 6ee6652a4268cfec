"""The convolutions of training are those of playing, gradients too."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from motion import nets, nets_torch  # noqa: E402

DILATIONS, SIZE = (1, 2, 4), 24


@pytest.fixture
def given():
    rng = torch.Generator().manual_seed(3)
    w = {
        name: (torch.randn(shape, generator=rng) * 0.2 + float(name.endswith("gain"))).requires_grad_()
        for name, shape in nets.tcn_shapes("net", SIZE, len(DILATIONS)).items()
    }
    return w, torch.randn((2, 3, 40, SIZE), generator=rng).requires_grad_()


def results(tcn, w, x, state=(), half=False):
    """The output, and the gradients of everything that it is made of."""
    used = {n: nets_torch.Half(t) if half and t.ndim == 2 else t for n, t in w.items()}
    out, _ = tcn(used, "net", DILATIONS, x, state, torch)
    weight = torch.cos(torch.arange(out.numel())).reshape(out.shape)
    return [out, *torch.autograd.grad((out * weight).sum(), [x, *w.values()])]


def test_the_fast_convolutions_equal_the_plain_ones_gradients_included(given):
    w, x = given
    silence = tuple(torch.zeros(2, 3, 2 * d, SIZE) for d in DILATIONS)
    for plain, fast in zip(results(nets.tcn, w, x, silence), results(nets_torch.tcn, w, x)):
        torch.testing.assert_close(fast, plain, rtol=1e-4, atol=1e-5)


def test_bfloat16_is_off_by_its_own_digits_only(given):
    w, x = given
    for exact, half in zip(results(nets_torch.tcn, w, x), results(nets_torch.tcn, w, x, half=True)):
        apart = (half - exact).norm() / exact.norm()
        assert 0.0 < apart < 0.08  # 2 ** -8 a product; units near zero turn on or off


def test_playing_gives_what_training_gave(given):
    w, x = given
    arrays = {name: t.detach().numpy() for name, t in w.items()}
    state = tuple(np.zeros((2, 3, 2 * d, SIZE), np.float32) for d in DILATIONS)
    played, _ = nets.tcn(arrays, "net", DILATIONS, x.detach().numpy(), state, np)
    trained, _ = nets_torch.tcn(w, "net", DILATIONS, x, (), torch)
    np.testing.assert_allclose(played, trained.detach().numpy(), rtol=1e-4, atol=1e-5)
