"""Asks a server with Triton's own client library; prints one JSON object for each question.

Arguments: host:port, a folder with 0.jpg, 1.jpg, ... and pixels.f32 (one normalized image).
"""

import asyncio
import json
import pathlib
import sys

import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

MODEL = "small"
INPUT = "input"


def say(case, **what):
    print(json.dumps({"case": case, **what}), flush=True)


def rows(result, name):
    return result.as_numpy(name).reshape(result.as_numpy(name).shape[0], -1).tolist()


def tensor(array, datatype, binary):
    asked = triton.InferInput(INPUT, list(array.shape), datatype)
    asked.set_data_from_numpy(array, binary_data=binary)
    return [asked]


def wanted(*names, binary=True, classes=0):
    return [triton.InferRequestedOutput(n, binary_data=binary, class_count=classes) for n in names]


def error(case, call):
    try:
        call()
        say(case, error=None)
    except InferenceServerException as e:
        say(case, error=e.message(), status=str(e.status()))


def main():
    address, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    files = [f.read_bytes() for f in sorted(folder.glob("*.jpg"))]
    pictures = np.array(files, dtype=object)
    pixels = np.fromfile(folder / "pixels.f32", dtype="<f4").reshape(1, 3, 32, 32)
    client = triton.InferenceServerClient(address, concurrency=8)

    say("live", value=client.is_server_live())
    say("ready", value=client.is_server_ready())
    say("model ready", value=client.is_model_ready(MODEL))
    say("model ready with version", value=client.is_model_ready(MODEL, "1"))
    say("no model ready", value=client.is_model_ready("nothing"))
    say("server", value=client.get_server_metadata())
    say("model", value=client.get_model_metadata(MODEL))
    say("index", value=client.get_model_repository_index())

    for binary in (False, True):
        form = "binary" if binary else "JSON"
        result = client.infer(MODEL, tensor(pixels, "FP32", binary), outputs=wanted("logits", "probabilities", binary=binary))
        say("FP32 " + form, logits=rows(result, "logits"), probabilities=rows(result, "probabilities"))
        result = client.infer(MODEL, tensor(pictures, "BYTES", True), outputs=wanted("logits", binary=binary))
        say("BYTES, answered in " + form, logits=rows(result, "logits"))

    result = client.infer(MODEL, tensor(pictures[:1], "BYTES", True))
    say("no outputs named", outputs=[o["name"] for o in result.get_response()["outputs"]],
        probabilities=rows(result, "probabilities"))
    result = client.infer(MODEL, tensor(pictures[:1], "BYTES", True), request_id="number 7")
    say("id", value=result.get_response()["id"], name=result.get_response()["model_name"])
    for binary in (False, True):
        result = client.infer(MODEL, tensor(pictures[:2], "BYTES", True),
                              outputs=wanted("probabilities", binary=binary, classes=3))
        found = result.as_numpy("probabilities")
        say("classification " + ("binary" if binary else "JSON"), shape=list(found.shape),
            rows=[(v.decode() if isinstance(v, bytes) else str(v)) for v in found.ravel().tolist()])

    for sent in (None, "gzip", "deflate"):
        for answered in (None, "gzip", "deflate"):
            result = client.infer(MODEL, tensor(pixels, "FP32", True), outputs=wanted("logits"),
                                  request_compression_algorithm=sent, response_compression_algorithm=answered)
            say(f"compressed {sent} {answered}", logits=rows(result, "logits"))

    pending = [client.async_infer(MODEL, tensor(pictures[i % len(files):i % len(files) + 1], "BYTES", True),
                                  outputs=wanted("logits")) for i in range(24)]
    say("async", logits=[rows(p.get_result(), "logits")[0] for p in pending])
    result = client.infer(MODEL, tensor(pixels, "FP32", True), outputs=wanted("logits"), timeout=10_000_000)
    say("timeout of ten seconds", logits=rows(result, "logits"))

    error("unknown model", lambda: client.infer("nothing", tensor(pixels, "FP32", True)))
    error("wrong shape", lambda: client.infer(MODEL, tensor(pixels[:, :, :, 1:].copy(), "FP32", True)))
    error("wrong type", lambda: client.infer(MODEL, tensor(pixels.astype("f8"), "FP64", True)))
    error("no picture", lambda: client.infer(MODEL, tensor(np.array([b"no picture"], dtype=object), "BYTES", True)))
    error("unknown output", lambda: client.infer(MODEL, tensor(pixels, "FP32", True), outputs=wanted("nothing")))

    say("statistics", value=client.get_inference_statistics(MODEL))
    say("all statistics", value=client.get_inference_statistics())
    client.close()
    asyncio.run(later(address, pictures))


async def later(address, pictures):
    async with triton_aio.InferenceServerClient(address) as client:
        say("aio live", value=await client.is_server_live())
        results = await asyncio.gather(
            *(client.infer(MODEL, tensor(pictures[i:i + 1], "BYTES", True), outputs=wanted("logits"))
              for i in range(len(pictures))))
        say("aio", logits=[rows(r, "logits")[0] for r in results])


main()
