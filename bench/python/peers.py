"""The peers in Python as sides of bench/compare: PyTorch, eager and compiled, OpenVINO, and ONNX Runtime.

    peers.py pytorch-eager|pytorch-compiled train|infer LAYERS.json BATCH THREADS f32|bf16
    peers.py openvino                       infer       MODEL.onnx  BATCH THREADS f32|bf16|int8
    peers.py onnxruntime                    infer       MODEL.onnx  BATCH THREADS int8

A model in int8 has Q and DQ nodes, which both runtimes turn into integer operations.

dev.fovea.bench writes the files and speaks the protocol of its class Turns with this process: it
prints "ready PID", then for each line "go K" runs K steps and prints "seconds S", until "end".
Compilation and the first steps come before "ready".
"""

import importlib.metadata
import json
import math
import operator
import os
import pathlib
import shutil
import sys
import time

WARM_UP_STEPS = 3


def main(framework, mode, file, batch, threads, precision):
    require_pinned_versions()
    if framework == "openvino":
        serve(openvino_step(file, int(batch), int(threads), precision))
        return
    if framework == "onnxruntime":
        serve(onnxruntime_step(file, int(batch), int(threads)))
        return
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(int(threads))
    with open(file) as text:
        net = json.load(text)
    module = torch_module(net)
    require_same_network(module, net)
    compiled = framework == "pytorch-compiled"
    if compiled and not shutil.which(os.environ.get("CXX", "g++")):
        sys.exit("there is no C++ compiler, which torch.compile needs: install g++ or set CXX")
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")
    if mode == "train":
        serve(training_step(module.train(), net, int(batch), autocast, compiled))
        return
    # One autocast region around all steps, so that its cache casts every weight only once.
    with torch.no_grad(), autocast:
        serve(inference_step(module.eval(), net, int(batch), compiled))


def serve(step):
    """Serves turns on standard input and output until the driver ends."""
    for _ in range(WARM_UP_STEPS):
        step()
    print("ready", os.getpid(), flush=True)
    for line in sys.stdin:
        order = line.split()
        if order == ["end"]:
            return
        if len(order) != 2 or order[0] != "go":
            sys.exit(f"a side received {line!r}, expected 'go K' or 'end'")
        start = time.perf_counter()
        for _ in range(int(order[1])):
            step()
        print("seconds", time.perf_counter() - start, flush=True)


def training_step(module, net, batch, autocast, compiled):
    """Forward, cross-entropy, backward, and fused SGD with Nesterov momentum and weight decay."""
    import torch
    from torch.nn.functional import cross_entropy

    def loss(images, labels):
        with autocast:
            logits, *auxiliary = module(images)
            total = cross_entropy(logits, labels)
            for other in auxiliary:
                total = total + net["aux_weight"] * cross_entropy(other, labels)
        return total

    compute = torch.compile(loss, fullgraph=True, dynamic=False) if compiled else loss
    optimizer = torch.optim.SGD(
        module.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, nesterov=True, fused=True
    )
    images = random_images(net, batch)
    labels = torch.randint(net["classes"], (batch,))

    def step():
        compute(images, labels).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def inference_step(module, net, batch, compiled):
    """One forward pass; compiled, the weights are constants of the program ("frozen")."""
    import torch
    import torch._inductor.config

    torch._inductor.config.freezing = True
    compute = torch.compile(module, fullgraph=True, dynamic=False) if compiled else module
    images = random_images(net, batch)
    return lambda: compute(images)


def onnxruntime_step(file, batch, threads):
    """One forward pass of the model, with all graph optimizations."""
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    (source,) = session.get_inputs()
    images = numpy.random.default_rng(1).standard_normal(
        (batch, *source.shape[1:]), dtype=numpy.float32
    )
    return lambda: session.run(None, {source.name: images})


def openvino_step(file, batch, threads, precision):
    """One forward pass of the model, with an input of fixed shape."""
    import numpy
    import openvino

    compiled = openvino_model(file, batch, threads, precision)
    request = compiled.create_infer_request()
    images = numpy.random.default_rng(1).standard_normal(
        tuple(compiled.input().shape), dtype=numpy.float32
    )
    request.set_input_tensor(openvino.Tensor(images, shared_memory=True))
    return request.infer


def openvino_model(file, batch, threads, precision):
    """The compiled model, in one stream and really in that precision (int8: what is not quantized
    in f32)."""
    import openvino
    from openvino import properties

    kind = openvino.Type.bf16 if precision == "bf16" else openvino.Type.f32
    wanted = {
        properties.hint.inference_precision: kind,
        properties.inference_num_threads: threads,
        properties.num_streams: 1,
    }
    # Where two threads share a core, the latency hint would take every second one only.
    hints = {
        properties.hint.performance_mode: properties.hint.PerformanceMode.LATENCY,
        properties.hint.enable_hyper_threading: True,
    }
    core = openvino.Core()
    model = core.read_model(file)
    model.reshape([batch, *[size.get_length() for size in model.input().partial_shape[1:]]])
    compiled = core.compile_model(model, "CPU", {**hints, **wanted})
    for key, value in wanted.items():
        if compiled.get_property(key) != value:
            sys.exit(f"OpenVINO has {key()} {compiled.get_property(key)}, expected {value}")
    return compiled


def random_images(net, batch):
    import torch

    size = net["input"]
    return torch.randn(batch, 3, size, size).contiguous(memory_format=torch.channels_last)


def torch_module(net):
    """The network of a list of layers, with channels-last weights; layers work in place where
    torchvision's do, so that eager execution needs no more memory than it has to."""
    import torch
    from torch import nn
    from torch.nn import functional as f

    root, graph = nn.Module(), torch.fx.Graph()
    values, shapes = [graph.placeholder("images")], [[3, net["input"], net["input"]]]

    def learned(name, module):
        root.add_module(name, module)
        return lambda x: graph.call_module(name, (x,))

    def call(function, *arguments, **settings):
        return lambda x: graph.call_function(function, (x, *arguments), settings)

    for number, layer in enumerate(net["layers"], 1):
        name = f"layer{number}"
        source = layer["from"]
        shape = shapes[source[0]]
        match layer["op"]:
            case "conv":
                conv = nn.Conv2d(
                    shape[0],
                    layer["shape"][0],
                    layer["kernel"],
                    layer["stride"],
                    layer["pad"],
                    bias=layer["bias"],
                )
                nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
                apply = learned(name, conv)
            case "batch_norm":
                apply = learned(name, nn.BatchNorm2d(shape[0], eps=layer["epsilon"]))
            case "linear":
                flatten = call(torch.flatten, 1)
                linear = learned(name, nn.Linear(math.prod(shape), layer["shape"][0]))
                apply = lambda x, flatten=flatten, linear=linear: linear(flatten(x))
            case "relu":
                apply = call(f.relu, inplace=True)
            case "add":
                apply = call(torch.Tensor.add_, values[source[1]])
            case "max_pool":
                apply = call(
                    f.max_pool2d,
                    layer["kernel"],
                    layer["stride"],
                    layer["pad"],
                    ceil_mode=layer["ceil"],
                )
            case "average_pool":
                apply = call(f.avg_pool2d, layer["kernel"], layer["stride"], layer["pad"])
            case "adaptive_average_pool":
                apply = call(f.adaptive_avg_pool2d, layer["shape"][1:])
            case "dropout":
                apply = learned(name, nn.Dropout(layer["probability"]))
            case "concat":
                apply = lambda x, source=source: graph.call_function(
                    torch.cat, ([values[i] for i in source], 1)
                )
            case "subsample_and_pad":
                every = (slice(None), slice(None)) + 2 * (slice(None, None, layer["stride"]),)
                cells = call(operator.getitem, every)
                pad = call(f.pad, (0, 0, 0, 0, *layer["pad"]))
                apply = lambda x, cells=cells, pad=pad: pad(cells(x))
            case other:
                sys.exit(f"there is no layer {other!r}: peers.py and ListedLayers do not match")
        values.append(apply(values[source[0]]))
        values[-1].meta["expected"] = layer["shape"]
        shapes.append(layer["shape"])
    graph.output([values[i] for i in net["outputs"]])
    return torch.fx.GraphModule(root, graph).to(memory_format=torch.channels_last)


def require_same_network(module, net):
    """Compares the shape of every layer and the network's counts with those of the definition."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    class Checked(torch.fx.Interpreter):
        def run_node(self, node):
            result = super().run_node(node)
            expected = node.meta.get("expected")
            if expected and list(result.shape[1:]) != expected[: result.dim() - 1]:
                sys.exit(f"{net['name']}: {node} has shape {result.shape[1:]}, expected {expected}")
            return result

    module.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        Checked(module).run(random_images(net, 1))
    counts = {
        "parameters": sum(p.numel() for p in module.parameters()),
        "multiply_adds": counter.get_total_flops() // 2,
    }
    for what, count in counts.items():
        if count != net[what]:
            sys.exit(f"PyTorch's {net['name']} has {count} {what}, expected {net[what]}")


def require_pinned_versions():
    requirements = pathlib.Path(__file__).with_name("requirements.txt")
    for line in requirements.read_text().splitlines():
        package, pinned, version = line.partition("==")
        if not pinned:
            continue
        try:
            # A build for one kind of machine has a suffix: 2.15.0+cpu.
            found = importlib.metadata.version(package).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found != version:
            sys.exit(
                f"{sys.prefix} has {package} {found}, expected {version}; run"
                f" {sys.prefix}/bin/pip install -r {requirements}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
