"""Writes golden/mixing.txt: ten losses of softmax regression on mixed pictures, by PyTorch in float64.

PyTorch 1.13.0:
    cd golden && python3 ../make_mixing_golden.py
Eight pictures of 4x4 in five classes, paired i with 7 - i; even steps mix by share, odd ones by rectangle.
Shares have 24 bits behind the point. Pixels are mixed in binary32, as batches hold them; everything after that is binary64.
"""
import numpy as np
import torch

N, K, SIDE = 8, 5, 4
SHARES = [round(s * 2**24) / 2**24 for s in (0.3, 0.9, 0.55, 0.71, 0.05)]
BOXES = [(0, 0, 2, 3), (1, 1, 3, 2), (3, 0, 1, 4), (0, 2, 4, 2), (2, 2, 0, 0)]  # left, top, width, height

b = np.array([[(i * 53 + k * 29 + i * k % 7 * 11) % 256 for k in range(SIDE * SIDE * 3)] for i in range(N)])
f = np.float32
mean, std = f([0.5, 0.4, 0.3]), f([0.2, 0.25, 0.3])
x = (b.reshape(N, SIDE, SIDE, 3).astype(f) / f(255) - mean) / std
x = x.transpose(0, 3, 1, 2)
y = torch.nn.functional.one_hot(torch.tensor([i * 3 % K for i in range(N)]), K).double()

w = torch.tensor([[np.sin(k * 48 + d) * 0.1 for d in range(48)] for k in range(K)], dtype=torch.float64, requires_grad=True)
bias = torch.zeros(K, dtype=torch.float64, requires_grad=True)
sgd = torch.optim.SGD([w, bias], lr=0.05, momentum=0.9)
loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
with open("mixing.txt", "w") as out:
    for step in range(10):
        if step % 2 == 0:
            s = f(SHARES[step // 2])
            mixed = s * x + (f(1) - s) * x[::-1]
        else:
            left, top, width, height = BOXES[step // 2]
            mixed = x.copy()
            mixed[:, :, top:top + height, left:left + width] = x[::-1, :, top:top + height, left:left + width]
            s = f(1 - width * height / SIDE ** 2)
        targets = float(s) * y + float(f(1) - s) * y.flip(0)
        sgd.zero_grad()
        value = loss(torch.tensor(mixed.reshape(N, -1).astype(np.float64)) @ w.T + bias, targets)
        value.backward()
        sgd.step()
        out.write("%r\n" % value.item())
