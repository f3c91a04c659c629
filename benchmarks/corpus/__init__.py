"""What is measured on: archives and files, made of what every machine has, always in one way.

They are kept in a cache folder and made again only when their recipe changes.
"""

from __future__ import annotations
