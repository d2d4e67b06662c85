"""Stands in for CuMesh (github.com/JeffreyXiang/CuMesh at cf1a2f0): the published names, on the processor."""

import torch


class CuMesh:
    def __init__(self) -> None:
        self.vertices = self.faces = torch.empty(0)

    def init(self, vertices: torch.Tensor, faces: torch.Tensor) -> None:
        self.vertices, self.faces = vertices, faces

    def read(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.vertices, self.faces

    def fill_holes(self, max_hole_perimeter: float = 3e-2) -> None:
        """Closes the triangle that the sphere lacks, by its perimeter."""
        ring = open_ring(self.faces)
        if len(ring) == 3:
            corners = self.vertices[ring]
            if (corners - corners.roll(1, 0)).norm(dim=1).sum() <= max_hole_perimeter:
                self.faces = torch.cat([self.faces, torch.tensor([ring])])

    def simplify(self, target_num_faces: int, verbose: bool = False, options: dict = {}) -> None:  # noqa: B006
        assert isinstance(target_num_faces, int) and target_num_faces > 0


def open_ring(faces: torch.Tensor) -> list[int]:
    """The vertices around the hole, so that a face of them looks outward."""
    edges = {(int(face[n]), int(face[(n + 1) % 3])) for face in faces for n in range(3)}
    after = {b: a for a, b in edges if (b, a) not in edges}
    if not after:
        return []
    ring = [next(iter(after))]
    while (vertex := after[ring[-1]]) != ring[0]:
        ring.append(vertex)
    return ring
