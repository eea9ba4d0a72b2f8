"""Checks ONNX models and runs them: one line in (model, input file, shape), one line of values out."""
import sys

import numpy
import onnx
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
options.log_severity_level = 3
for line in sys.stdin:
    path, data, shape = line.rstrip("\n").split("\t")
    try:
        onnx.checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feed = session.get_inputs()[0]
        kind = numpy.uint8 if feed.type == "tensor(uint8)" else numpy.float32
        x = numpy.fromfile(data, kind).reshape([int(d) for d in shape.split(",")])
        y = session.run(None, {feed.name: x})[0]
        print([float(v) for v in y.reshape(-1)], flush=True)
    except Exception as e:
        print("failed:", str(e).replace("\n", " ")[:2000], flush=True)
