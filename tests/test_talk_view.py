"""What a window is told of a conversation."""

from app import virtual
from app.bench_soak import ADA
from app.engines import Engines
from app.eventlog import EventLog
from app.session import Session
from app.talk_view import View


def test_news_is_told_for_a_while_and_hides_no_problem(tmp_path):
    clock = virtual.Clock()
    engines = Engines(
        vad=virtual.Detector(),
        asr=virtual.Ear(clock, 0.0),
        end_of_turn=virtual.Judge(clock, 0.0),
        mind=virtual.Mind([]),
        tongues=(virtual.Tongue(clock),),
        motion=virtual.Face(),
        thread=lambda name: virtual.VirtualThread(clock),
    )
    session = Session("You", (ADA,), engines, EventLog(None), 1)
    view = View(session, (1,), {"Ada": "maya"})
    view.notice = "no microphone"
    view.announce("filming a.mp4")
    session.speaker.play(480_000)
    assert (view.status().news, view.status().problem) == ("filming a.mp4", "no microphone")
    view.announce("filmed: a.mp4", 480)
    assert view.status().news == "filmed: a.mp4"
    session.speaker.play(480)
    assert (view.status().news, view.status().problem) == ("", "no microphone")
