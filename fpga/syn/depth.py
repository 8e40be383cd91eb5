"""Logic depth of a netlist that Yosys mapped to Xilinx cells (write_json, flattened).

depth(netlist): the most LUTs on a path between registers, memories, DSPs and pins. Carry chains and
wide multiplexers (CARRY4, CARRY8, MUXF) are passed through and count nothing. No delays: what is told
is how many LUTs follow each other, not how fast they are.
"""

import graphlib
import re


def is_through(kind):
    return re.fullmatch(r"LUT[1-6]|INV|MUXF[789]|CARRY[48]", kind) is not None


def nets(cell, port):
    """Of a port, with None for constants."""
    return [bit if isinstance(bit, int) else None for bit in cell["connections"].get(port, [])]


def reads_of(cell):
    """{net that the cell drives: the nets that it depends on}; bit i of a carry chain depends on bits
    up to i."""
    ways = cell["port_directions"]
    inputs = [port for port in ways if ways[port] == "input"]
    found = {}
    for port in (port for port in ways if ways[port] == "output"):
        for i, out in enumerate(nets(cell, port)):
            if out is not None:
                found[out] = {bit for name in inputs for k, bit in enumerate(nets(cell, name))
                              if bit is not None and (k <= i or not is_carry(cell["type"]))}
    return found


def is_carry(kind):
    return kind.startswith("CARRY")


def depth(netlist):
    module = next(m for m in netlist["modules"].values()
                  if m["attributes"].get("top") or len(netlist["modules"]) == 1)
    graph, own = {}, {}
    for cell in module["cells"].values():
        if is_through(cell["type"]):
            for out, reads in reads_of(cell).items():
                graph[out] = reads
                own[out] = int(cell["type"].startswith(("LUT", "INV")))
    levels = {}
    for net in graphlib.TopologicalSorter(graph).static_order():
        levels[net] = own.get(net, 0) + max((levels[bit] for bit in graph.get(net, ())), default=0)
    return max(levels.values(), default=0)
