"""One optimiser step of the plain PINN of IHC-1 in eager PyTorch: a peer that our step is measured against.

The same protocol as jax/heat_step.py. `nested` takes the derivatives by the inputs from reverse mode, once more for
second ones, as such networks are commonly written in PyTorch. `forward` has the mathematics of the JAX program: the
Laplacian goes forward with the values, all streams in one matrix product a layer, and Adam is the fused one.
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


def forward_derivatives(temperature, field, points):
    _, (ux, uy, ut), lap = streams(temperature, points, [(0, 2.0), (1, 2.0), (2, 2.0)], True)
    z, (zx, zy), _ = streams(field, points[:, :2], [(0, 2.0), (1, 2.0)], False)
    return ux, uy, ut, lap, z, zx, zy


def nested_derivatives(temperature, field, points):
    def slopes(value, by):
        return torch.autograd.grad(value.sum(), by, create_graph=True)

    # Points are scaled to [-1, 1]: two derivatives by the network's input are four by the place.
    x, y, t = (points[:, axis : axis + 1].clone().requires_grad_() for axis in range(3))
    ux, uy, ut = slopes(values(temperature, torch.cat([x, y, t], 1)), (x, y, t))
    (uxx,), (uyy,) = slopes(ux, (x,)), slopes(uy, (y,))
    z = values(field, torch.cat([x, y], 1))
    zx, zy = slopes(z, (x, y))
    ux, uy, ut, lap, zx, zy = (
        part[:, 0] for part in (2 * ux, 2 * uy, 2 * ut, 4 * (uxx + uyy), 2 * zx, 2 * zy)
    )
    return ux, uy, ut, lap, z, zx, zy


def loss_of(parameters, interior, known, derivatives):
    temperature, field = parameters
    ux, uy, ut, lap, z, zx, zy = derivatives(temperature, field, interior[:, :3])
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
    ours = torch.tensor(given["gradient"])
    batch = torch.tensor(given["interior"]), torch.tensor(given["known"])
    worst = {"loss": 0.0, "gradient": 0.0}
    for derivatives in (forward_derivatives, nested_derivatives):
        loss = loss_of(parameters, *batch, derivatives)
        gradient = torch.cat([part.ravel() for part in torch.autograd.grad(loss, leaves(parameters))])
        differences = {
            "loss": float(abs(loss - given["loss"]) / abs(loss)),
            "gradient": float((gradient - ours).norm() / gradient.norm()),
        }
        worst = {name: max(worst[name], value) for name, value in differences.items()}
    print(json.dumps(worst), flush=True)


def main():
    settings = json.loads(sys.stdin.readline())
    if "check" in settings:
        return check(settings["check"])
    torch.manual_seed(1)
    torch.set_num_threads(settings["threads"])
    batch, steps = settings["batch"], settings["steps"]
    parameters = [network(3, settings["layers"], settings["width"]), network(2, 2, 32)]
    nested = settings["variant"] == "nested"
    derivatives = nested_derivatives if nested else forward_derivatives
    adam = torch.optim.Adam(leaves(parameters), lr=1e-3, **({} if nested else {"fused": True}))
    interior, known = (2 * torch.rand(rows, 4) - 1 for rows in (POOL, SENSORS + 2 * SIDE))

    def block():
        for _ in range(steps):
            inside = torch.randint(POOL, (batch,))
            sections = [(0, SENSORS), (SENSORS, SIDE), (SENSORS + SIDE, SIDE)]
            of_known = torch.cat(
                [start + torch.randint(rows, (batch // 4,)) for start, rows in sections]
            )
            adam.zero_grad(set_to_none=True)
            loss_of(parameters, interior[inside], known[of_known], derivatives).backward()
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
