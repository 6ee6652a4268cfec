"""The four people: identity, colours, hair and clothes. Data only; what each number does is said where it is used.

One rule: a person is a recipe; whatever several share is a default of its dataclass.
"""
from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, float, float]  # sRGB 0..1
Targets = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Brow:
    colour: Colour
    height: float = 0.210  # dm above the eye's centre
    arch: float = 0.040
    thick: float = 0.038  # half of it
    length: float = 1.0
    strength: float = 0.85
    strokes: int = 260


@dataclass(frozen=True)
class Look:
    skin: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    hair_tip: Colour
    brow: Brow
    lash: float = 1.0
    lip_strength: float = 0.75
    lip_gloss: float = 1.0
    blush: float = 0.4
    blush_tint: Colour = (1.02, 0.74, 0.70)
    nose_red: float = 0.3
    eyeshadow: float = 0.25
    eyeshadow_tint: Colour = (0.90, 0.72, 0.70)
    liner: float = 0.55
    freckles: float = 0.0
    age: float = 0.0
    beard: float = 0.0
    beard_colour: Colour = (0.3, 0.2, 0.16)
    temple: Colour | None = None  # the hair's colour beside the ears, where it greys first
    scalp: float = 0.9  # how strongly the scalp is painted in the hair's colour
    fade: float = 0.0  # dm over which a short cut fades into the skin at the sides


@dataclass(frozen=True)
class Clothes:
    style: str  # a function of clothes.py
    colour: Colour
    trim: Colour
    rib: float  # depth of the knit
    throat: float  # dm below the chin, in front
    side: float  # dm above the neck joint, at the sides


@dataclass(frozen=True)
class Person:
    name: str
    description: str
    seed: int
    identity: Targets
    look: Look
    hair: str  # a function of styles.py
    clothes: Clothes
    glasses: Colour | None = None


def both(name: str, weight: float) -> Targets:
    """One target on both sides: 'eyes/{}-eye-scale-incr' for l and r."""
    return tuple((name.format(side), weight) for side in "lr")


FRIENDLY: Targets = (("eyebrows/eyebrows-angle-up", 0.5), ("mouth/mouth-angles-up", 0.40))

MAYA = Person(
    "maya", "a woman of 28 with an auburn bob and a turtleneck", 3,
    (("macrodetails/caucasian-female-young", 0.55), ("macrodetails/asian-female-young", 0.30),
     ("macrodetails/african-female-young", 0.15),
     ("macrodetails/universal-female-young-averagemuscle-averageweight", 1.0), ("head/head-oval", 0.6),
     ("head/head-invertedtriangular", 0.25), ("chin/chin-width-decr", 0.6), ("chin/chin-height-decr", 0.1),
     ("chin/chin-triangle", 0.25), ("nose/nose-scale-vert-decr", 0.25), ("nose/nose-width2-decr", 0.25),
     ("nose/nose-point-up", 0.25), ("nose/nose-volume-decr", 0.3), ("nose/nose-scale-horiz-decr", 0.35),
     ("mouth/mouth-upperlip-volume-incr", 0.35), ("mouth/mouth-lowerlip-volume-incr", 0.20),
     ("mouth/mouth-upperlip-height-incr", 0.1), ("mouth/mouth-scale-horiz-incr", 0.25),
     ("neck/neck-scale-horiz-decr", 0.35), ("forehead/forehead-scale-vert-decr", 0.2))
    + both("eyes/{}-eye-scale-incr", 0.75) + both("eyes/{}-eye-height2-incr", 0.45)
    + both("ears/{}-ear-wing-decr", 0.6) + both("cheek/{}-cheek-volume-incr", 0.25)
    + both("cheek/{}-cheek-bones-incr", 0.2) + FRIENDLY,
    Look(skin=(0.835, 0.605, 0.49), lips=(0.76, 0.40, 0.39), iris=(0.35, 0.215, 0.11), hair=(0.27, 0.14, 0.095),
         hair_tip=(0.44, 0.245, 0.145), brow=Brow((0.25, 0.14, 0.09), 0.220, 0.046, 0.038), lash=1.15, blush=0.55,
         freckles=0.55),
    "bob", Clothes("turtleneck", (0.13, 0.38, 0.42), (0.13, 0.38, 0.42), 1.0, 0.36, 0.10))

DAVID = Person(
    "david", "a man of 45 with grey temples, stubble, a shirt and a sweater", 5,
    (("macrodetails/caucasian-male-young", 0.42), ("macrodetails/caucasian-male-old", 0.33),
     ("macrodetails/african-male-young", 0.10), ("macrodetails/asian-male-young", 0.15),
     ("macrodetails/universal-male-young-averagemuscle-averageweight", 0.62),
     ("macrodetails/universal-male-old-averagemuscle-averageweight", 0.38), ("head/head-oval", 0.2),
     ("head/head-square", 0.15), ("nose/nose-hump-incr", 0.12), ("nose/nose-volume-decr", 0.15),
     ("chin/chin-prominent-incr", 0.2), ("mouth/mouth-lowerlip-volume-incr", 0.25),
     ("mouth/mouth-upperlip-volume-incr", 0.15), ("neck/neck-scale-horiz-decr", 0.1),
     ("forehead/forehead-scale-vert-decr", 0.35), ("head/head-scale-vert-decr", 0.15),
     ("mouth/mouth-laugh-lines-in", 0.35))
    + both("eyes/{}-eye-scale-incr", 0.60) + both("eyes/{}-eye-height2-incr", 0.55)
    + both("eyes/{}-eye-height1-incr", 0.25) + both("eyes/{}-eye-height3-incr", 0.2)
    + both("eyes/{}-eye-bag-incr", 0.25)
    + (("eyebrows/eyebrows-angle-up", 0.22), ("mouth/mouth-angles-up", 0.55)),
    Look(skin=(0.81, 0.60, 0.495), lips=(0.70, 0.42, 0.39), lip_strength=0.6, lip_gloss=0.5, iris=(0.25, 0.33, 0.38),
         hair=(0.19, 0.145, 0.115), hair_tip=(0.36, 0.29, 0.235),
         brow=Brow((0.21, 0.155, 0.12), 0.200, 0.032, 0.046, strokes=320),
         lash=0.75, blush=0.30, nose_red=0.28, eyeshadow=0.12, liner=0.30, age=0.55, beard=0.50,
         beard_colour=(0.38, 0.31, 0.275),
         temple=(0.42, 0.395, 0.37), scalp=0.75, fade=0.15),
    "swept", Clothes("shirt", (0.17, 0.22, 0.33), (0.14, 0.18, 0.28), 0.22, 0.50, 0.14))

KOFI = Person(
    "kofi", "a man of 30 with short curls and a crew-neck sweater", 8,
    (("macrodetails/african-male-young", 0.75), ("macrodetails/caucasian-male-young", 0.15),
     ("macrodetails/asian-male-young", 0.10), ("macrodetails/universal-male-young-averagemuscle-averageweight", 1.0),
     ("head/head-oval", 0.4), ("nose/nose-scale-horiz-decr", 0.15), ("nose/nose-volume-decr", 0.2),
     ("chin/chin-height-decr", 0.15), ("neck/neck-scale-horiz-decr", 0.25))
    + both("eyes/{}-eye-scale-incr", 0.65) + both("eyes/{}-eye-height2-incr", 0.65)
    + both("eyes/{}-eye-height1-incr", 0.3) + both("eyes/{}-eye-height3-incr", 0.3) + FRIENDLY,
    Look(skin=(0.465, 0.31, 0.235), lips=(0.52, 0.29, 0.27), lip_strength=0.6, lip_gloss=0.7, iris=(0.21, 0.115, 0.065),
         hair=(0.12, 0.082, 0.064), hair_tip=(0.20, 0.138, 0.105),
         brow=Brow((0.075, 0.055, 0.05), 0.205, 0.034, 0.042, strokes=300),
         lash=0.85, blush=0.22, blush_tint=(1.08, 0.82, 0.76), nose_red=0.2, eyeshadow=0.2, liner=0.45, beard=0.30,
         beard_colour=(0.20, 0.13, 0.10), fade=0.32),
    "curls", Clothes("crew", (0.80, 0.54, 0.24), (0.70, 0.45, 0.18), 0.22, 0.62, 0.14))

RUTH = Person(
    "ruth", "a woman of 65 with silver hair, glasses, a blouse and a cardigan", 13,
    (("macrodetails/caucasian-female-young", 0.22), ("macrodetails/caucasian-female-old", 0.58),
     ("macrodetails/asian-female-old", 0.12), ("macrodetails/african-female-young", 0.08),
     ("macrodetails/universal-female-young-averagemuscle-averageweight", 0.38),
     ("macrodetails/universal-female-old-averagemuscle-averageweight", 0.62), ("head/head-round", 0.35),
     ("head/head-oval", 0.2), ("chin/chin-width-decr", 0.25), ("nose/nose-volume-decr", 0.25),
     ("nose/nose-scale-vert-decr", 0.12), ("nose/nose-point-up", 0.15), ("mouth/mouth-upperlip-volume-incr", 0.35),
     ("mouth/mouth-lowerlip-volume-incr", 0.30), ("mouth/mouth-laugh-lines-in", 0.30),
     ("neck/neck-scale-horiz-decr", 0.15), ("forehead/forehead-scale-vert-decr", 0.2),
     ("mouth/mouth-scale-horiz-incr", 0.2))
    + both("eyes/{}-eye-scale-incr", 0.62) + both("eyes/{}-eye-height2-incr", 0.55)
    + both("eyes/{}-eye-height1-incr", 0.2) + both("eyes/{}-eye-bag-incr", 0.25)
    + both("cheek/{}-cheek-volume-incr", 0.35) + both("ears/{}-ear-wing-decr", 0.5) + FRIENDLY,
    Look(skin=(0.84, 0.635, 0.545), lips=(0.74, 0.43, 0.42), lip_strength=0.65, iris=(0.29, 0.36, 0.34),
         hair=(0.50, 0.475, 0.445),
         hair_tip=(0.68, 0.655, 0.615), brow=Brow((0.43, 0.37, 0.33), 0.215, 0.040, 0.036, strength=0.8), lash=0.8,
         blush=0.55,
         eyeshadow=0.18, liner=0.35, age=0.70, scalp=0.35),
    "waves", Clothes("cardigan", (0.47, 0.31, 0.42), (0.93, 0.90, 0.86), 0.5, 0.55, 0.14), glasses=(0.30, 0.15, 0.13))

PEOPLE = {person.name: person for person in (MAYA, DAVID, KOFI, RUTH)}
