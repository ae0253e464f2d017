"""One optimiser step of the plain PINN of IHC-1 in JAX: the peer that our step is measured against.

Reads one JSON line of settings, says it is ready, then measures one block of steps for every further line.
`plain` is one jitted call a step that draws its own batch; `best` scans over the steps of a block with indices that
the host drew, in chunks that fit the cache. The Laplacian is propagated forward with the values, which is the cheapest
way in JAX as well; derivatives by the parameters come from jax.value_and_grad.
"""

import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

SENSORS, POOL, SIDE = 1280, 65536, 8192
WEIGHTS = {"pde": 1.0, "data": 30.0, "bc": 30.0, "ic": 30.0}


def glorot(rng, rows, columns):
    deviation = np.sqrt(2 / (rows + columns))
    return [
        jnp.asarray(rng.normal(0, deviation, (rows, columns)), jnp.float32),
        jnp.zeros(columns, jnp.float32),
    ]


def network(rng, inputs, layers, width):
    sizes = [inputs] + [width] * layers + [1]
    return [glorot(rng, a, b) for a, b in zip(sizes, sizes[1:])]


def values(layers, points):
    h = points
    for weights, bias in layers[:-1]:
        h = jnp.tanh(h @ weights + bias)
    weights, bias = layers[-1]
    return (h @ weights + bias)[:, 0]


def streams(layers, points, directions, laplacian):
    """Value, derivatives along directions and, of the first two of them, the Laplacian: one matrix product a layer."""
    rows = points.shape[0]
    (weights, bias), *rest = layers
    z = points @ weights + bias
    tangents = [jnp.broadcast_to(scale * weights[axis], z.shape) for axis, scale in directions]
    bent = jnp.zeros_like(z)
    for weights, bias in rest:
        s = jnp.tanh(z)
        d = 1 - s * s
        parts = [s] + [d * tangent for tangent in tangents]
        if laplacian:
            q = tangents[0] ** 2 + tangents[1] ** 2
            parts.append(d * (bent - 2 * s * q))
        out = jnp.concatenate(parts) @ weights
        z, *tangents = [out[k * rows : (k + 1) * rows] for k in range(1 + len(directions))]
        z = z + bias
        if laplacian:
            bent = out[(1 + len(directions)) * rows :]
    return z[:, 0], [tangent[:, 0] for tangent in tangents], bent[:, 0]


def loss_of(parameters, interior, known):
    temperature, field = parameters
    _, (ux, uy, ut), lap = streams(
        temperature, interior[:, :3], [(0, 2.0), (1, 2.0), (2, 2.0)], True
    )
    z, (zx, zy), _ = streams(field, interior[:, :2], [(0, 2.0), (1, 2.0)], False)
    r = ut - interior[:, 3] - 0.2 * jnp.exp(z) * (lap + zx * ux + zy * uy)
    errors = (values(temperature, known[:, :3]) - known[:, 3]) ** 2
    rows = errors.shape[0] // 3
    parts = {
        "pde": jnp.mean(r**2),
        "data": jnp.mean(errors[:rows]),
        "bc": jnp.mean(errors[rows : 2 * rows]),
        "ic": jnp.mean(errors[2 * rows :]),
    }
    return sum(WEIGHTS[name] * part for name, part in parts.items())


def adam(parameters, state, gradient, step):
    mean, variance = state
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    variance = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, variance, gradient)
    rate = 1e-3 * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    moved = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), parameters, mean, variance
    )
    return moved, (mean, variance)


def pools(rng):
    def rows(count):
        return rng.uniform(-1, 1, (count, 4)).astype(np.float32)

    return jnp.asarray(rows(POOL)), jnp.asarray(rows(SENSORS + 2 * SIDE))


def known_rows(draw, count):
    sections = [(0, SENSORS), (SENSORS, SIDE), (SENSORS + SIDE, SIDE)]
    return [start + draw(rows, count) for start, rows in sections]


def plain_block(settings, interior, known):
    batch = settings["batch"]

    @jax.jit
    def step(carry, _):
        parameters, state, number, key = carry
        key, *keys = jax.random.split(key, 5)
        draws = iter(keys)
        inside = jax.random.randint(next(draws), (batch,), 0, POOL)
        of_known = jnp.concatenate(
            known_rows(lambda rows, n: jax.random.randint(next(draws), (n,), 0, rows), batch // 4)
        )
        loss, gradient = jax.value_and_grad(loss_of)(parameters, interior[inside], known[of_known])
        parameters, state = adam(parameters, state, gradient, number)
        return (parameters, state, number + 1, key), loss

    def block(carry):
        for _ in range(settings["steps"]):
            carry, loss = step(carry, None)
        return carry, loss

    return block


def best_block(settings, interior, known):
    batch, steps = settings["batch"], settings["steps"]
    chunk = min(batch, settings["chunk"])
    chunks = batch // chunk
    rng = np.random.default_rng(2)

    @jax.jit
    def scanned(carry, inside, of_known):
        def gradient_of(parameters, rows):
            return jax.value_and_grad(loss_of)(parameters, interior[rows[0]], known[rows[1]])

        def step(carry, rows):
            parameters, state, number, key = carry
            if chunks == 1:
                loss, gradient = gradient_of(parameters, (rows[0][0], rows[1][0]))
            else:

                def add(sums, part):
                    return jax.tree.map(jnp.add, sums, gradient_of(parameters, part)), None

                zeros = (jnp.float32(0), jax.tree.map(jnp.zeros_like, parameters))
                (loss, gradient), _ = jax.lax.scan(add, zeros, rows)
                gradient = jax.tree.map(lambda g: g / chunks, gradient)
            parameters, state = adam(parameters, state, gradient, number)
            return (parameters, state, number + 1, key), loss

        carry, losses = jax.lax.scan(step, carry, (inside, of_known))
        return carry, losses[-1]

    def block(carry):
        shape = (steps, chunks, chunk)
        inside = rng.integers(0, POOL, shape, dtype=np.int32)
        parts = known_rows(
            lambda rows, n: rng.integers(0, rows, (steps, chunks, n), dtype=np.int32), chunk // 4
        )
        return scanned(carry, inside, np.concatenate(parts, axis=2))

    return block


def check(path):
    """Compares loss and gradient with ours, at parameters and points that we wrote to a file."""
    with open(path) as file:
        given = json.load(file)

    def unpacked(flat):
        flat, at, trees = np.asarray(flat, np.float32), 0, []
        for inputs, layers, width in given["networks"]:
            sizes, tree = [inputs] + [width] * layers + [1], []
            for a, b in zip(sizes, sizes[1:]):
                tree.append([flat[at : at + a * b].reshape(a, b), flat[at + a * b : at + a * b + b]])
                at += a * b + b
            trees.append(tree)
        return trees

    interior, known = (jnp.asarray(np.asarray(given[name], np.float32)) for name in ("interior", "known"))
    loss, gradient = jax.value_and_grad(loss_of)(unpacked(given["parameters"]), interior, known)
    flat = np.concatenate([np.ravel(part) for part in jax.tree.leaves(gradient)])
    ours = np.asarray(given["gradient"], np.float32)
    print(
        json.dumps(
            {
                "loss": float(abs(loss - given["loss"]) / abs(loss)),
                "gradient": float(np.linalg.norm(flat - ours) / np.linalg.norm(flat)),
            }
        ),
        flush=True,
    )


def main():
    settings = json.loads(sys.stdin.readline())
    if "check" in settings:
        return check(settings["check"])
    rng = np.random.default_rng(1)
    parameters = [network(rng, 3, settings["layers"], settings["width"]), network(rng, 2, 2, 32)]
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    carry = (parameters, (zeros, zeros), jnp.float32(1), jax.random.key(0))
    make = best_block if settings["variant"] == "best" else plain_block
    block = make(settings, *pools(rng))
    carry, loss = block(carry)
    loss.block_until_ready()
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        carry, loss = block(carry)
        loss.block_until_ready()
        steps = settings["steps"]
        result = {
            "cpu": 1e3 * (time.process_time() - cpu) / steps,
            "wall": 1e3 * (time.perf_counter() - wall) / steps,
            "loss": float(loss),
        }
        print(json.dumps(result), flush=True)


main()
