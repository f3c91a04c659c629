"""Record what one commit answers, and compare another commit with the recording.

``python -m support.recording record OUT`` asks everything and writes it down; ``… compare
RECORDED`` asks again and prints each answer that differs. That both engines agree with each other
does not show that neither has changed: this does.

``images`` asks archives, ``commands`` the command line, ``calls`` functions; ``cases`` lists what
there is to ask, ``running`` asks in worker processes, ``storing`` keeps and compares answers. Only
public modules of pyggcr are used, apart from what ``adapter`` imports.
"""
