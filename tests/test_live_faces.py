"""Live faces: a little ahead, and made anew when what was to be said changes."""

from dataclasses import replace

import numpy as np
from spoken import said

from app.live_faces import SLACK, Faces, Stage
from dialogue.types import RATE, Feeling, Role
from motion.frame import HOP, INDEX
from motion.models.dual_stream import Model

JAW = INDEX["jawOpen"]


class Talk:
    """One track of somebody who speaks, and one of a microphone."""

    def __init__(self):
        self.sound = np.zeros((2, 8 * RATE), np.float32)
        self.until = 0

    def stage(self):
        def sound(p, start):
            return self.sound[p, start : start + HOP] if start >= 0 else np.zeros(HOP, np.float32)

        def roles(at):
            speaks = self.sound[0, at : at + 1].any() or (0 < at < self.until)
            return (Role.SPEAKING, Role.LISTENING) if speaks else (Role.IDLE, Role.IDLE)

        return Stage(sound, roles, lambda at: (Feeling(),) * 2, lambda start: ((), ()))


def test_a_mouth_moves_with_the_voice_although_the_reply_came_at_the_last_moment():
    talk, speech = Talk(), said("Papa bought a big blue boat.")
    faces = Faces(Model(), 2, 0, talk.stage(), delayed=(1,))
    jaws = []
    for now in range(0, 3 * RATE, HOP):
        if now == RATE // HOP * HOP:
            talk.sound[0, now : now + len(speech)], talk.until = speech, now + len(speech)
            faces.changed(now)
        faces.advance(now)
        jaws.append(faces.at(now)[0].weights[JAW])
    jaws = np.array(jaws)
    start = RATE // HOP
    loud = np.abs(talk.sound[0, : 3 * RATE]).reshape(-1, HOP).max(1)
    assert jaws[: start - 2].max() < 0.05 < jaws[start : start + 25].max()
    assert np.corrcoef(jaws, loud[: len(jaws)])[0, 1] > 0.5


def test_a_mouth_closes_when_the_voice_is_cut():
    talk, speech = Talk(), said("Papa bought a big blue boat.")
    faces = Faces(Model(), 2, 0, talk.stage())
    talk.sound[0, : len(speech)], talk.until = speech, len(speech)
    cut = RATE // 2 // HOP * HOP
    for now in range(0, cut + HOP, HOP):
        faces.advance(now)
    talk.sound[0, cut:], talk.until = 0.0, cut
    faces.changed(cut)
    shown = []
    for now in range(cut + HOP, cut + RATE, HOP):
        faces.advance(now)
        shown.append(faces.at(now)[0].weights[JAW])
    assert max(shown[8:]) < 0.05


def test_frames_are_ready_before_they_are_needed_and_few_are_kept():
    talk = Talk()
    faces = Faces(Model(), 2, 0, talk.stage())
    for now in range(0, 6 * RATE, HOP):
        faces.advance(now)
        assert faces.at(now + SLACK * HOP)[0].start == now + SLACK * HOP
    assert len(faces._made) < 120


def test_a_face_turns_to_whom_it_looks_at_and_back_and_a_remade_hop_changes_no_look():
    looks, talk = [[None, None, 0]], Talk()
    talk.sound = np.zeros((3, 8 * RATE), np.float32)
    rest = Stage(
        talk.stage().sound, lambda at: (Role.LISTENING,) * 3, lambda at: (Feeling(),) * 3, lambda at: ((),) * 3
    )
    plain, turned = (Faces(Model(), 3, 0, replace(rest, looks=lambda: looks[0])) for _ in range(2))
    turned.toward = np.array([[0, 0, 0], [0, 0, 0], [-0.8, 0, 0]])
    ways = []
    for now in range(0, 4 * RATE, HOP):
        if now == 2 * RATE:
            looks[0] = [None, None, 1]
            turned.changed(now)  # a reply that begins here
        for faces in (plain, turned):
            faces.advance(now)
        pairs = [(a, b) for a, b in zip(plain.at(now), turned.at(now))]
        assert all((a.head == b.head).all() for a, b in pairs[:2])
        ways.append(
            sum(float((b.head + np.append(b.gaze, 0) - a.head - np.append(a.gaze, 0))[1]) for a, b in pairs[2:])
        )
    assert abs(ways[49] + 0.8) < 0.05 and abs(ways[-1]) < 0.05
    assert max(np.abs(np.diff(ways))) < 0.62 * 0.8 + 0.05, "eyes jump in two frames"


def test_before_the_first_frame_a_face_rests():
    (face, _) = Faces(Model(), 2, 0, Talk().stage()).at(5)
    assert face.start == 5 and not face.weights.any()


def test_whole_hops_of_a_microphone_are_heard_although_it_never_knows_more_than_now():
    known, heard = [0], []

    def sound(p, start):
        whole = np.ones(HOP, np.float32)
        whole[max(known[0] - start, 0) :] = 0.0  # what has not yet been heard is silent
        if p == 1 and start > RATE // 2:
            heard.append(whole.mean())
        return whole if start >= 0 else np.zeros(HOP, np.float32)

    idle = (Role.IDLE, Role.SPEAKING)
    stage = Stage(sound, lambda at: idle, lambda at: (Feeling(),) * 2, lambda start: ((), ()))
    faces = Faces(Model(), 2, 0, stage, delayed=(1,))
    for now in range(480, 2 * RATE, 480):
        known[0] = now
        faces.advance(now)
    assert heard and min(heard) == 1.0
