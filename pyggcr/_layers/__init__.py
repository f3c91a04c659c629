"""Work on layers and archives that both engines and our own tools share.

Archives and their entries, the single pass over a layer, completed images and layers, worker
threads, hashing, writing archives. Modules of the Python engine mirror one Go package each and use
these; nothing here imports an engine.
"""
