"""What a player makes of a film, also of one that was cut short."""

import av


def pictures(path):
    """How many pictures a player shows; it stops at a torn one."""
    shown = 0
    with av.open(str(path)) as file:
        try:
            for _ in file.decode(video=0):
                shown += 1
        except av.error.InvalidDataError:
            pass
    return shown
