"""Stands in for the package coqui-tts: as much of TTS.api as agents/tts/coqui_child.py asks for, spoken by hibari."""
