"""Asks a server with the client that OpenAPI Generator made of its document; prints JSON lines.

Arguments: the folder of the client, the address of the server, a picture.
"""

import inspect
import json
import pathlib
import pkgutil
import sys

sys.path.insert(0, sys.argv[1])
import fovea_client  # noqa: E402
from fovea_client import api as apis  # noqa: E402


def operations(client):
    """Every operation of the client, by its name."""
    found = {}
    for module in pkgutil.iter_modules(apis.__path__):
        loaded = __import__("fovea_client.api." + module.name, fromlist=["_"])
        for _, kind in inspect.getmembers(loaded, inspect.isclass):
            if kind.__module__ == loaded.__name__:
                one = kind(client)
                found.update({n: m for n, m in inspect.getmembers(one, inspect.ismethod)
                              if not n.startswith("_") and not n.endswith("_http_info")
                              and not n.endswith("_without_preload_content")})
    return found


def main():
    picture = pathlib.Path(sys.argv[3]).read_bytes()
    client = fovea_client.ApiClient(fovea_client.Configuration(host=sys.argv[2]))
    all_operations = operations(client)
    print(json.dumps({"operations": sorted(all_operations)}), flush=True)
    for name in sys.argv[4:]:
        operation, _, arguments = name.partition(":")
        values = json.loads(arguments) if arguments else {}
        values = {k: picture if v == "PICTURE" else v for k, v in values.items()}
        answer = all_operations[operation](**values)
        if hasattr(answer, "to_dict"):
            answer = answer.to_dict()
        print(json.dumps({"operation": operation, "answer": answer}, default=str), flush=True)


main()
