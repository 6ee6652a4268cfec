"""Character cards as strangers make them: PNG files chunk by chunk, archives, and the JSON inside."""

import base64
import io
import json
import zipfile
import zlib

from agents.card_file import PNG

HEADER = b"\0\0\0\1\0\0\0\1\x08\2\0\0\0"  # one pixel
ROSA = {
    "name": "Rosa",
    "description": "{{char}} keeps a lighthouse. She likes {{user}}.",
    "personality": "dry, patient",
    "scenario": "A storm outside.",
    "first_mes": '*She looks up from her book.* "Oh! Come in, it\'s wet out there."',
    "mes_example": "<START>\n{{user}}: Hi.\n{{char}}: Mind the stairs.",
    "alternate_greetings": ["Good morning! *smiles*", "You again?"],
    "system_prompt": "",
    "post_history_instructions": "",
    "creator_notes": "",
    "extensions": {},
}


def tree(version=2, **fields):
    """The object of a card like Rosa's."""
    return {"spec": f"chara_card_v{version}", "spec_version": f"{version}.0", "data": {**ROSA, **fields}}


def chunk(kind, data, crc=None):
    crc = zlib.crc32(kind + data) if crc is None else crc
    return len(data).to_bytes(4, "big") + kind + data + crc.to_bytes(4, "big")


def png(*chunks, header=HEADER):
    return PNG + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def text(card, keyword=b"chara", kind=b"tEXt"):
    """The chunk that carries a card: an object, or bytes as they are."""
    data = base64.b64encode(json.dumps(card).encode()) if isinstance(card, dict) else card
    between = {b"tEXt": b"\0", b"zTXt": b"\0\0", b"iTXt": b"\0\0\0\0\0", b"iTXz": b"\0\1\0\0\0"}[kind]
    packed = zlib.compress(data) if kind in (b"zTXt", b"iTXz") else data
    return chunk(b"iTXt" if kind == b"iTXz" else kind, keyword + between + packed)


def charx(card=None, packing=zipfile.ZIP_DEFLATED, **members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        if card is not None:
            archive.writestr("card.json", json.dumps(card))
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()
