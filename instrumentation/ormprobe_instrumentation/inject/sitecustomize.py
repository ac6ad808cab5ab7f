# The one file of ormprobe on a target's PYTHONPATH. Any Python from 2.7 on may load it, also
# unrelated children of the target, so it must parse everywhere and never raise.
import os
import sys


def _start_ormprobe():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if not entry or os.path.abspath(entry) != here]
    sys.path_importer_cache.pop(here, None)
    try:
        if (
            os.environ.get("ORMPROBE_TRACE")
            and sys.version_info >= (3, 8)
            and sys.implementation.name == "cpython"
            and "_ormprobe" not in sys.modules
        ):
            from importlib.util import module_from_spec, spec_from_file_location

            package = os.path.dirname(here)
            spec = spec_from_file_location(
                "_ormprobe",
                os.path.join(package, "__init__.py"),
                submodule_search_locations=[package],
            )
            module = module_from_spec(spec)
            sys.modules["_ormprobe"] = module
            try:
                spec.loader.exec_module(module)
                from _ormprobe.activate import activate

                activate()
            except Exception:
                sys.modules.pop("_ormprobe", None)
                if os.environ.get("ORMPROBE_DEBUG"):
                    raise
    except Exception:
        if os.environ.get("ORMPROBE_DEBUG"):
            import traceback

            traceback.print_exc()


def _find_shadowed():
    # The sitecustomize that ours hides, if there is one; its errors are its own. Where there is
    # none, the error that `site` expects then also takes ours out of sys.modules again.
    if sys.version_info[0] == 2:
        import imp

        imp.load_module("sitecustomize", *imp.find_module("sitecustomize", sys.path))
        return
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        raise ImportError("No module named 'sitecustomize'", name="sitecustomize")
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_start_ormprobe()
_find_shadowed()
