"""What each language asks of us: its name, which full stop ends no sentence, and what to say when something failed.

One rule: a language is the two letters of ISO 639-1, and one table says what is special about it; what stands in no row
is done as in English. Numbers, dates and signs are not here: each voice reads them by the rules of its own language,
hibari and Piper with hibari's English normaliser, Kokoro's other voices with eSpeak NG's, a server's with its own.

Source of the marks: Unicode 16, Sentence_Terminal. The abbreviations are those that are met in talk, not all there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from dialogue.errors import nearest

ENGLISH = "en"
# Those that Whisper's larger models hear, by its own codes, but for the two of three letters.
NAMES = (
    "af Afrikaans,am Amharic,ar Arabic,as Assamese,az Azerbaijani,ba Bashkir,be Belarusian,bg Bulgarian,bn Bengali,"
    "bo Tibetan,br Breton,bs Bosnian,ca Catalan,cs Czech,cy Welsh,da Danish,de German,el Greek,en English,es Spanish,"
    "et Estonian,eu Basque,fa Persian,fi Finnish,fo Faroese,fr French,gl Galician,gu Gujarati,ha Hausa,he Hebrew,"
    "hi Hindi,hr Croatian,ht Haitian Creole,hu Hungarian,hy Armenian,id Indonesian,is Icelandic,it Italian,ja Japanese,"
    "jw Javanese,ka Georgian,kk Kazakh,km Khmer,kn Kannada,ko Korean,la Latin,lb Luxembourgish,ln Lingala,lo Lao,"
    "lt Lithuanian,lv Latvian,mg Malagasy,mi Maori,mk Macedonian,ml Malayalam,mn Mongolian,mr Marathi,ms Malay,"
    "mt Maltese,my Burmese,ne Nepali,nl Dutch,nn Nynorsk,no Norwegian,oc Occitan,pa Punjabi,pl Polish,ps Pashto,"
    "pt Portuguese,ro Romanian,ru Russian,sa Sanskrit,sd Sindhi,si Sinhala,sk Slovak,sl Slovenian,sn Shona,so Somali,"
    "sq Albanian,sr Serbian,su Sundanese,sv Swedish,sw Swahili,ta Tamil,te Telugu,tg Tajik,th Thai,tk Turkmen,"
    "tl Tagalog,tr Turkish,tt Tatar,uk Ukrainian,ur Urdu,uz Uzbek,vi Vietnamese,yi Yiddish,yo Yoruba,zh Chinese"
)
LANGUAGES = dict(row.split(" ", 1) for row in NAMES.split(","))  # code -> name, in English

CLOSERS = r"""(?:["'”’“)*]|[\s\u202f\u00a0]?»)*"""  # “ closes in German, and « Oui. » has a space inside
# A mark of these ends a sentence wherever it stands: CJK, danda, Urdu, Burmese, Khmer, Ethiopic.
FULL = "。！？।॥۔။។።"
SENTENCE = rf"[.!?…؟]+{CLOSERS}(?=\s)|[{FULL}]+[\"'”’）」』]*"
CLAUSE = r"""(?:[,;:—،؛]["'”’)]*(?=\s)|[，；：、])"""
SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]")  # written without spaces

ORDINALS = frozenset("da de et fi fo hr hu cs is lt lv nn no pl sk sl sr tr bs".split())  # "am 3. Mai"
ABBREVIATIONS = {
    "en": "Mr Mrs Ms Dr Prof St vs etc e.g i.e No Jr Sr",
    "de": "Dr Prof Hr Fr Nr St bzw ca d.h etc evtl ggf inkl Mio Mrd s.o s.u Str u.a usw vgl z.B z.T",
    "es": "Sr Sra Srta Sres Dr Dra sr sra srta dr dra Ud Uds D Da etc p.ej pág núm av",
    "fr": "M MM Mme Mlle Dr Pr St Ste etc cf p.ex env av apr",
    "it": "Sig Sig.ra Dott Dott.ssa Prof Ing Avv sig sig.ra dott dott.ssa prof ing avv ecc es pag S",
    "pt": "Sr Sra Srta Dr Dra Prof Profa sr sra srta dr dra prof profa etc p.ex pág núm av",
    "nl": "dhr mevr mw dr prof bijv bv enz o.a t.a.v ca nr",
    "pl": "dr mgr prof np itd itp tj ul św p",
    "ru": "г гг др т.е т.д т.п им ул стр руб",
    "sv": "dr t.ex bl.a osv m.m ca",
    "hi": "डॉ श्री प्रो",
}


@dataclass(frozen=True)
class Phrases:
    """What is said when something failed: the mind was lost, it has nothing to say, and three ways to ask again."""

    lost: str
    nothing: str
    again: tuple[str, str, str]


PHRASES = {
    "en": Phrases(
        "Sorry, I lost my train of thought.",
        "Sorry, I can't think of anything to say.",
        ("Sorry, could you say that again?", "Sorry, I lost my train of thought.", "Hm, give me a moment."),
    ),
    "es": Phrases(
        "Perdona, he perdido el hilo.",
        "Perdona, no se me ocurre nada que decir.",
        ("Perdona, ¿puedes repetirlo?", "Perdona, he perdido el hilo.", "Mm, dame un momento."),
    ),
    "fr": Phrases(
        "Pardon, j'ai perdu le fil.",
        "Pardon, je ne sais pas quoi dire.",
        ("Pardon, tu peux répéter ?", "Pardon, j'ai perdu le fil.", "Hum, donne-moi un instant."),
    ),
    "de": Phrases(
        "Entschuldige, ich habe den Faden verloren.",
        "Entschuldige, mir fällt nichts ein.",
        ("Entschuldige, sagst du das noch einmal?", "Ich habe den Faden verloren.", "Hm, einen Moment."),
    ),
    "it": Phrases(
        "Scusa, ho perso il filo.",
        "Scusa, non so cosa dire.",
        ("Scusa, puoi ripetere?", "Scusa, ho perso il filo.", "Mm, dammi un momento."),
    ),
    "pt": Phrases(
        "Desculpe, perdi o fio da conversa.",
        "Desculpe, não sei o que dizer.",
        ("Desculpe, pode repetir?", "Desculpe, perdi o fio da conversa.", "Hum, só um momento."),
    ),
    "hi": Phrases(
        "माफ़ कीजिए, मैं भूल गया।",
        "माफ़ कीजिए, मुझे कुछ नहीं सूझ रहा।",
        ("माफ़ कीजिए, फिर से कहिए?", "माफ़ कीजिए, मैं भूल गया।", "हम्म, एक पल दीजिए।"),
    ),
}
HM = Phrases("Hm…", "Hm.", ("Hm?", "Hm…", "Hm."))
HUMS = {
    "es": ("ajá", "claro", "sí"),
    "fr": ("hm-hm", "oui", "d'accord"),
    "de": ("mhm", "ja", "genau"),
    "it": ("mm-hm", "certo", "sì"),
    "pt": ("aham", "sim", "claro"),
    "hi": ("हम्म", "अच्छा", "जी"),
}  # what listeners say
HUM = ("mm",)  # where we do not know


def phrases(language: str) -> Phrases:
    """What is said when something failed; a mere hm where we do not know better, which every voice can say."""
    return PHRASES.get(language, HM)


def named(language: str) -> str:
    """The English name of a language: Spanish for es."""
    return LANGUAGES.get(language, language)


def meant(text: object) -> str:
    """How to mend a language that is none of ours: '; did you mean 'es', Spanish?'"""
    codes = {name.casefold(): code for code, name in LANGUAGES.items()}
    word = text.casefold() if isinstance(text, str) else ""
    region = re.match(r"([a-z]{2})[-_]", word)  # es-MX
    code = region[1] if region and region[1] in LANGUAGES else codes.get(nearest(word, codes) or "")
    return f"; did you mean '{code}', {LANGUAGES[code]}?" if code else "; expected two letters, such as en, es or de"


def goes_on(text: str, language: str = ENGLISH) -> bool:
    """Whether the full stop that `text` ends in ends no sentence: "Dr.", "z. B.", an initial, "am 3."."""
    return bool(_goes_on(language).search(text))


@cache
def _goes_on(language: str) -> re.Pattern:
    words = ABBREVIATIONS.get(language, ABBREVIATIONS[ENGLISH]).split()
    begun = [word.split(".")[0] for word in words if "." in word]  # "z." of "z. B."
    short = "|".join(re.escape(word).replace(r"\.", r"\.\s?") for word in (*words, *begun))
    number = r"\b\d{1,3}" if language in ORDINALS else r"^\s*\d{1,2}"  # elsewhere only of a list
    return re.compile(rf"(?:(?<!\w)(?:{short})|\b[A-ZÀ-ÖØ-ÞА-Я]|{number})\.$")


def words_in(text: str) -> int:
    """How many words there are; two characters for a word where nobody writes spaces."""
    return len(text.split()) + len(SPACELESS.findall(text)) // 2
