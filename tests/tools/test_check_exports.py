"""tools/check_exports.py finds an inline function beside code of one instruction set, and only there."""

import subprocess

import check_exports

OWN = """
namespace k::N_AVX2 { namespace { int twice(int x) { return 2 * x; } } }
int f(int x) { return k::N_AVX2::twice(x); }
"""
SHARED = "inline int shared(int x) { return x + 1; }\nint g(int x) { return shared(x); }\n"


def compiled(tmp_path, code):
    source, target = tmp_path / "x.cpp", tmp_path / "x.o"
    source.write_text(code)
    subprocess.run(["g++", "-std=c++20", "-O0", "-c", "-o", str(target), str(source)], check=True)
    return str(target)


def test_code_of_one_instruction_set_passes(tmp_path, capsys):
    assert check_exports.main([compiled(tmp_path, OWN)]) == 0
    assert "1 of 1" in capsys.readouterr().out


def test_an_inline_function_beside_it_is_found(tmp_path, capsys):
    assert check_exports.main([compiled(tmp_path, OWN + SHARED)]) == 1
    assert capsys.readouterr().out == "x.o: shared(int)\n"


def test_an_inline_function_elsewhere_is_no_matter_but_nothing_was_checked(tmp_path, capsys):
    assert check_exports.main([compiled(tmp_path, SHARED)]) == 1
    assert "0 of 1" in capsys.readouterr().out
