"""An embedding model in 8 bits: python -m bench.quantise FOLDER INTO

FOLDER holds model.onnx and what FOLIO_EMBEDDING_PATH wants beside it; INTO gets the same with weights of matrix
products in 8 bits, a channel each, activations quantised as they come (onnxruntime's dynamic quantisation). Set
FOLIO_EMBEDDING_PATH to INTO: the passages are embedded anew in the background. What it costs and gives is in
bench/RESULTS.md. Needs the package onnx, which Folio itself does not.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import onnxruntime  # type: ignore[import-untyped]

from rag.search.model_files import onnx_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("into", type=Path, metavar="INTO")
    options = parser.parse_args()
    file = onnx_file(options.folder)
    if not file:
        sys.exit(f"There is no .onnx file in {options.folder}.")
    if find_spec("onnx") is None:
        sys.exit("The package onnx is not installed here. Install it, then run this again.")
    if options.into.exists():
        sys.exit(f"{options.into} is there already.")
    shutil.copytree(options.folder, options.into)
    quantise(options.folder / file, options.into / file)
    before, after = ((folder / file).stat().st_size for folder in (options.folder, options.into))
    print(f"{before / 1e6:.1f} MB -> {after / 1e6:.1f} MB in {options.into}")


def quantise(model: Path, into: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        folded = Path(folder) / "folded.onnx"  # weights kept in 16 bits become plain constants, which can be quantised
        session = onnxruntime.SessionOptions()
        session.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        session.optimized_model_filepath = str(folded)
        onnxruntime.InferenceSession(str(model), session, providers=["CPUExecutionProvider"])
        quantize_dynamic(str(folded), str(into), per_channel=True, weight_type=QuantType.QInt8)


if __name__ == "__main__":
    main()
