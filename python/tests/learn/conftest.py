"""What the long tests share: programs that phone nobody."""

import os

# Before any of their packages is imported.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["OMP_NUM_THREADS"] = "1"
