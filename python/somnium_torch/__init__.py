"""The PyTorch twin of Somnium's world model: the same tokenizer, transformer, objective, sampler and optimiser in plain PyTorch.

It reads the data sets that `somnium collect` records and the safetensors that `somnium train` writes, and what it writes,
the Go program loads and dreams with. It needs torch and numpy alone.
"""
