"""misaki's symbols in eSpeak's spelling."""

import pytest

from agents.tts.espeak import PLAIN, spelt
from agents.tts.misaki import ALPHABET


def test_every_symbol_of_the_alphabet_has_a_spelling_and_no_other():
    assert PLAIN.keys() == ALPHABET


@pytest.mark.parametrize(
    "misaki, espeak",
    [
        ("həlˈO ðˈɛɹ.", "həlˈoʊ ðˈɛɹ."),
        ("bˈɜɹʧ", "bˈɜːtʃ"),
        ("hˈɜɹi", "hˈɜːɹi"),  # before a vowel the r is heard
        ("bˈʌTəɹ", "bˈʌɾɚ"),
        ("əɹˈWnd", "əɹˈaʊnd"),
        ("ˈizi", "ˈiːzi"),
        ("ʤˈus ʌv", "dʒˈuːs ʌv"),
        ("lˈɪTᵊl bˈY", "lˈɪɾəl bˈɔɪ"),
        ("“wˈɛl”—jˈɛs…", "wˈɛl,jˈɛs."),
    ],
)
def test_words_are_spelt_as_espeak_spells_them(misaki, espeak):
    assert "".join(spelt(misaki)) == espeak


def test_every_symbol_keeps_its_place():
    assert spelt("bˈɜɹd") == ["b", "ˈ", "ɜ", "ː", "d"]
    assert spelt("TəɹA") == ["ɾ", "ə", "ɹ", "eɪ"] and spelt("Təɹz") == ["ɾ", "ɚ", "", "z"]
