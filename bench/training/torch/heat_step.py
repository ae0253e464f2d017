"""One optimiser step of the plain PINN of IHC-1 in eager PyTorch: a peer that our step is measured against.

The same protocol and the same mathematics as jax/heat_step.py: the Laplacian goes forward with the values, all streams
in one matrix product a layer, which spares PyTorch the nested derivatives by the inputs; derivatives by the parameters
come from its reverse mode, and Adam is the fused one.
"""

import json
import sys
import time

import torch

SENSORS, POOL, SIDE = 1280, 65536, 8192
WEIGHTS = {"pde": 1.0, "data": 30.0, "bc": 30.0, "ic": 30.0}


def network(inputs, layers, width):
    sizes = [inputs] + [width] * layers + [1]
    return [
        [
            (torch.randn(a, b) * (2 / (a + b)) ** 0.5).requires_grad_(),
            torch.zeros(b).requires_grad_(),
        ]
        for a, b in zip(sizes, sizes[1:])
    ]


def values(layers, points):
    h = points
    for weights, bias in layers[:-1]:
        h = torch.tanh(torch.addmm(bias, h, weights))
    weights, bias = layers[-1]
    return torch.addmm(bias, h, weights)[:, 0]


def streams(layers, points, directions, laplacian):
    """Value, derivatives along directions and, of the first two of them, the Laplacian: one matrix product a layer."""
    rows = points.shape[0]
    (weights, bias), *rest = layers
    z = torch.addmm(bias, points, weights)
    tangents = [(scale * weights[axis]).expand_as(z) for axis, scale in directions]
    bent = None
    for weights, bias in rest:
        s = torch.tanh(z)
        d = 1 - s * s
        parts = [s] + [d * tangent for tangent in tangents]
        if laplacian:
            q = -2 * s * (tangents[0] ** 2 + tangents[1] ** 2)
            parts.append(d * (q if bent is None else bent + q))
        z, *tangents = (torch.cat(parts) @ weights).split(rows)
        z = z + bias
        if laplacian:
            bent = tangents.pop()
    return z[:, 0], [tangent[:, 0] for tangent in tangents], None if bent is None else bent[:, 0]


def loss_of(parameters, interior, known):
    temperature, field = parameters
    _, (ux, uy, ut), lap = streams(
        temperature, interior[:, :3], [(0, 2.0), (1, 2.0), (2, 2.0)], True
    )
    z, (zx, zy), _ = streams(field, interior[:, :2], [(0, 2.0), (1, 2.0)], False)
    r = ut - interior[:, 3] - 0.2 * torch.exp(z) * (lap + zx * ux + zy * uy)
    errors = (values(temperature, known[:, :3]) - known[:, 3]) ** 2
    rows = errors.shape[0] // 3
    parts = {
        "pde": torch.mean(r**2),
        "data": torch.mean(errors[:rows]),
        "bc": torch.mean(errors[rows : 2 * rows]),
        "ic": torch.mean(errors[2 * rows :]),
    }
    return sum(WEIGHTS[name] * part for name, part in parts.items())


def leaves(parameters):
    return [part for tree in parameters for layer in tree for part in layer]


def check(path):
    """Compares loss and gradient with ours, at parameters and points that we wrote to a file."""
    with open(path) as file:
        given = json.load(file)
    parameters = [network(*shape) for shape in given["networks"]]
    flat, at = torch.tensor(given["parameters"]), 0
    with torch.no_grad():
        for part in leaves(parameters):
            part.copy_(flat[at : at + part.numel()].reshape(part.shape))
            at += part.numel()
    loss = loss_of(parameters, torch.tensor(given["interior"]), torch.tensor(given["known"]))
    loss.backward()
    gradient = torch.cat([part.grad.ravel() for part in leaves(parameters)])
    ours = torch.tensor(given["gradient"])
    result = {
        "loss": float(abs(loss - given["loss"]) / abs(loss)),
        "gradient": float((gradient - ours).norm() / gradient.norm()),
    }
    print(json.dumps(result), flush=True)


def main():
    settings = json.loads(sys.stdin.readline())
    if "check" in settings:
        return check(settings["check"])
    torch.manual_seed(1)
    torch.set_num_threads(settings["threads"])
    batch, steps = settings["batch"], settings["steps"]
    parameters = [network(3, settings["layers"], settings["width"]), network(2, 2, 32)]
    adam = torch.optim.Adam(leaves(parameters), lr=1e-3, fused=True)
    interior, known = (2 * torch.rand(rows, 4) - 1 for rows in (POOL, SENSORS + 2 * SIDE))

    def block():
        for _ in range(steps):
            inside = torch.randint(POOL, (batch,))
            sections = [(0, SENSORS), (SENSORS, SIDE), (SENSORS + SIDE, SIDE)]
            of_known = torch.cat(
                [start + torch.randint(rows, (batch // 4,)) for start, rows in sections]
            )
            adam.zero_grad(set_to_none=True)
            loss_of(parameters, interior[inside], known[of_known]).backward()
            adam.step()

    block()
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        block()
        result = {
            "cpu": 1e3 * (time.process_time() - cpu) / steps,
            "wall": 1e3 * (time.perf_counter() - wall) / steps,
        }
        print(json.dumps(result), flush=True)


main()
