"""What the widget is to show, from Python."""

from lecturelib import derive


def results(f: str, wrt: str, where: str) -> dict[str, str]:
    """Each result that the page shows, by its label."""
    d = derive(f, [wrt], where)
    found = {"differential": str(d.differential)}
    if d.value.shape == ():
        found |= {label: str(G) for label, G in d.labelled()}
        found["Hessian operator"] = str(d.hessian)
    else:  # what backpropagation needs
        found[f"adjoint, the gradient of <{d.cotangent}, f>"] = str(d.adjoint)
    return found
