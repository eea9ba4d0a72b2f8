# Made with PyTorch 1.13.1 (Debian 12): /usr/bin/python3 make.py
import torch
torch.manual_seed(0)
def ramp(*s, d=torch.float32):
    n = 1
    for k in s: n *= k
    return (torch.arange(n, dtype=torch.float64) / 8 - 3).reshape(*s).to(d)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 4, 3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, 2)
n = Net()
with torch.no_grad():
    for k, v in n.state_dict().items():
        if v.is_floating_point(): v.copy_(ramp(*v.shape))
torch.save(n.state_dict(), 'module-zip.pt')
torch.save(n.state_dict(), 'module-legacy.pt', _use_new_zipfile_serialization=False)
base = ramp(6, 4)
mixed = {
 'half': ramp(3, 4, d=torch.float16), 'bfloat16': ramp(3, 4, d=torch.bfloat16), 'double': ramp(3, 4, d=torch.float64),
 'transposed': base.t(), 'every_second': base[::2, 1:3], 'shared': base, 'expanded': ramp(3).expand(2, 3),
 'scalar': torch.tensor(1.5), 'long': torch.tensor(7), 'empty': torch.empty(0, 3), 'parameter': torch.nn.Parameter(ramp(2, 2)),
}
torch.save({'state_dict': mixed, 'epoch': 3, 'best': 91.5, 'arch': 'tiny'}, 'views-zip.pt')
torch.save({'state_dict': mixed, 'epoch': 3, 'best': 91.5, 'arch': 'tiny'}, 'views-legacy.pt', _use_new_zipfile_serialization=False)
o = torch.optim.SGD(n.parameters(), 0.1, momentum=0.9)
n.bn1(n.conv1(torch.ones(2,3,3,3))).sum().backward(); o.step()
torch.save({'model': n.state_dict(), 'optimizer': o.state_dict()}, 'optimizer-zip.pt')
torch.save(n, 'whole-module.pt')
