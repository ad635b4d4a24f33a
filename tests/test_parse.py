"""What people type is read as it is meant, or asked: every form, every error, and nothing else."""
# ruff: noqa: E501

from __future__ import annotations

import random
import sys

import numpy as np
import pytest

import lecturelib.numbers.values  # noqa: F401 (operations on arrays)
from lecturelib import derive
from lecturelib.symbols import Application, Comparison, Number, Symbol, evaluate
from lecturelib.symbols.language import FUNCTIONS, builder, is_invisible
from lecturelib.symbols.parse import ParseError, parse, parse_answer, spelling
from lecturelib.symbols.syntax import LENGTH
from lecturelib.symbols.terms import Identity, Ones
from lecturelib.table import HELPERS, TABLE
from lecturelib.table.operation import Rule, multilinear, rule

WHERE = (
    "X: m x n; Y: m x n; A: m x m symmetric; B: n x n; P: n x n positive definite; C: p x q; "
    "W: n x p; S_W: n x n; W1: p x n; Sigma: n x n; σ: scalar; x: n; w: n; y: m; b: 1 x p; "
    "z: 1 x n; t: scalar; s: scalar; k: integer; i: 1..N; x_i: n; y_i: scalar"
)

#: text, and the term that it is.
BASE = [
    ("A*X", "matmul(A, X)"),
    ("t*X", "multiply(t, X)"),
    ("X*t", "multiply(t, X)"),
    ("s*t", "multiply(s, t)"),
    ("x'*B*x", "number(matmul(matmul(transpose(x), B), x))"),
    ("x*x'", "matmul(x, transpose(x))"),
    ("x*x'*x", "matmul(matmul(x, transpose(x)), x)"),
    ("X/t", "divide(X, t)"),
    ("s/t", "divide(s, t)"),
    ("X.*Y", "multiply(X, Y)"),
    ("X./Y", "divide(X, Y)"),
    ("X.^2", "power(X, 2)"),
    ("2.*X", "multiply(2, X)"),
    ("1./X", "divide(1, X)"),
    ("x.^-1", "power(x, negative(1))"),
    ("X'", "transpose(X)"),
    ("(X*B)'", "matmul(transpose(B), transpose(X))"),
    ("t'", "t"),
    ("-X", "negative(X)"),
    ("X+Y", "add(X, Y)"),
    ("X-Y", "subtract(X, Y)"),
    ("B^2", "matrix_power(B, 2)"),
    ("B^3", "matrix_power(B, 3)"),
    ("B^0", "I[n]"),
    ("B^1", "B"),
    ("B^k", "matrix_power(B, k)"),
    ("B^(k-1)", "matrix_power(B, subtract(k, 1))"),
    ("B^-1", "inv(B)"),
    ("B^-2", "matrix_power(inv(B), 2)"),
    ("B^-k", "matrix_power(inv(B), k)"),
    ("B^(1/2)", "sqrtm(B)"),
    ("B^0.5", "sqrtm(B)"),
    ("B^(-1/2)", "inv(sqrtm(B))"),
    ("P^0.3", "real_power(P, 0.3)"),
    ("P^t", "real_power(P, t)"),
    ("P^-t", "real_power(P, negative(t))"),
    ("s^t", "power(s, t)"),
    ("s^2", "power(s, 2)"),
    ("2^-1", "power(2, negative(1))"),
    ("-B^2", "negative(matrix_power(B, 2))"),
    ("x'^T", "x"),
    ("exp(X)", "exp(X)"),
    ("log(X)", "log(X)"),
    ("tr(B)", "trace(B)"),
    ("det(B)", "det(B)"),
    ("logdet(B)", "logdet(B)"),
    ("inv(B)", "inv(B)"),
    ("pinv(X)", "pinv(X)"),
    ("tr(t)", "t"),
    ("inv(t)", "divide(1, t)"),
    ("norm2(x)", "norm(x)"),
    ("norm2(X)", "norm(X)"),
    ("norm1(x)", "sum(abs(x))"),
    ("normspec(X)", "spectral_norm(X)"),
    ("normnuc(X)", "nuclear_norm(X)"),
    ("sum(X)", "sum(X)"),
    ("sum(t)", "t"),
    ("mean(X)", "mean(X)"),
    ("rowsum(X)", "sum(X, axis=1, keepdims=True)"),
    ("colsum(X)", "sum(X, axis=0, keepdims=True)"),
    ("diag(x)", "diag(flat(x))"),
    ("diag(z)", "diag(flat(z))"),
    ("diag(B)", "column(diagonal(B))"),
    ("diag(diag(B))", "diag(diagonal(B))"),
    ("kron(B, W)", "kron(B, W)"),
    ("kron(x, t)", "multiply(t, x)"),
    ("vec(X)", "column(vec(X))"),
    ("vech(B)", "column(vech(B))"),
    ("unvech(vech(B))", "unvech(vech(B))"),
    ("tril(B)", "tril(B)"),
    ("triu(B)", "triu(B)"),
    ("tril(B, k=-1)", "tril(B, k=-1)"),
    ("softmax(x)", "softmax(x, axis=0)"),
    ("softmax(X)", "softmax(X, axis=0)"),
    ("softmax(z)", "softmax(z, axis=1)"),
    ("rowsoftmax(X)", "softmax(X, axis=1)"),
    ("logsumexp(x)", "number(logsumexp(x, axis=0, keepdims=True))"),
    ("logsumexp(X)", "logsumexp(X, axis=0, keepdims=True)"),
    ("logsumexp(z)", "number(logsumexp(z, axis=1, keepdims=True))"),
    (
        "layernorm(x, 0.1)",
        "divide(subtract(x, multiply(mean(x), ones[n, 1])), sqrt(add(divide(sum(multiply(subtract(x, multiply(mean(x), ones[n, 1])), subtract(x, multiply(mean(x), ones[n, 1])))), n), 0.1)))",
    ),
    (
        "layernorm(X, t)",
        "divide(subtract(X, matmul(ones[m, 1], divide(sum(X, axis=0, keepdims=True), m))), matmul(ones[m, 1], sqrt(add(divide(sum(multiply(subtract(X, matmul(ones[m, 1], divide(sum(X, axis=0, keepdims=True), m))), subtract(X, matmul(ones[m, 1], divide(sum(X, axis=0, keepdims=True), m)))), axis=0, keepdims=True), m), multiply(t, ones[1, n])))))",
    ),
    ("expm(B)", "expm(B)"),
    ("logm(B)", "logm(B)"),
    ("sqrtm(B)", "sqrtm(B)"),
    ("sinm(B)", "sinm(B)"),
    ("cosm(B)", "cosm(B)"),
    ("lambda_max(P)", "lambda_max(P)"),
    ("lambda_min(P)", "lambda_min(P)"),
    ("relu(X)", "relu(X)"),
    ("step(X)", "step(X)"),
    ("sign(X)", "sign(X)"),
    ("sigmoid(X)", "sigmoid(X)"),
    ("softplus(X)", "softplus(X)"),
    ("abs(X)", "abs(X)"),
    ("maximum(X, Y)", "maximum(X, Y)"),
    ("solve(B, x)", "solve(B, x)"),
    ("cholesky(P)", "cholesky(P)"),
    ("adj(B)", "adjugate(B, det(B))"),
    ("eye(n)", "I[n]"),
    ("eye(3)", "I[3]"),
    ("ones(n)", "ones[n, 1]"),
    ("ones(m,n)", "ones[m, n]"),
    ("ones(m)'*X", "matmul(ones[1, m], X)"),
    ("zeros(m,n)", "0[m, n]"),
    ("X[1,2]", "getitem(X, index=(0, 1))"),
    ("x[2]", "getitem(x, index=(1, 0))"),
    ("z[2]", "getitem(z, index=(0, 1))"),
    ("X[1,:]", "getitem(X, index=(slice(0, 1, None), slice(None, None, None)))"),
    ("X[:,2]", "getitem(X, index=(slice(None, None, None), slice(1, 2, None)))"),
    ("X[1:2,1:3]", "getitem(X, index=(slice(0, 2, None), slice(0, 3, None)))"),
    ("X[2:2,:]", "getitem(X, index=(slice(1, 2, None), slice(None, None, None)))"),
    (
        "[X, y; z, t]",
        "concatenate(concatenate(X, y, axis=1), concatenate(z, multiply(t, I[1]), axis=1), axis=0)",
    ),
    (
        "[B, 0; 0, B]",
        "concatenate(concatenate(B, 0[n, n], axis=1), concatenate(0[n, n], B, axis=1), axis=0)",
    ),
    (
        "[1, 2; 3, 4]",
        "concatenate(concatenate(I[1], multiply(2, I[1]), axis=1), concatenate(multiply(3, I[1]), multiply(4, I[1]), axis=1), axis=0)",
    ),
    ("[t; 0]", "concatenate(multiply(t, I[1]), multiply(0, I[1]), axis=0)"),
    ("[0, 0]", "concatenate(multiply(0, I[1]), multiply(0, I[1]), axis=1)"),
    ("[B, I]", "concatenate(B, I[n], axis=1)"),
    ("[x; w]", "concatenate(x, w, axis=0)"),
    ("<X, Y>", "sum(multiply(X, Y))"),
    ("X : Y", "sum(multiply(X, Y))"),
    ("s : t", "multiply(s, t)"),
    ("|B|", "det(B)"),
    ("|t|", "abs(t)"),
    ("||x||", "norm(x)"),
    ("||X||_F", "norm(X)"),
    ("||X||_2", "spectral_norm(X)"),
    ("||x||_2", "norm(x)"),
    ("||X||_*", "nuclear_norm(X)"),
    ("||x||_1", "sum(abs(x))"),
    ("||x||_P^2", "number(matmul(matmul(transpose(x), P), x))"),
    ("||x||_P", "sqrt(number(matmul(matmul(transpose(x), P), x)))"),
    ("||X||_A^2", "trace(matmul(matmul(transpose(X), A), X))"),
    ("log|B|", "logdet(B)"),
    ("log|t|", "log(abs(t))"),
    ("(X > 0)", "(X > 0)"),
    ("(X <= Y)", "(X <= Y)"),
    (
        "sum_i (y_i - x_i'*w)^2",
        "sum_over(power(subtract(y_i, number(matmul(transpose(x_i), w))), 2), index=i, count=N)",
    ),
    ("sum_i t", "multiply(N, t)"),
    ("sum_i x_i*y_i + x", "add(sum_over(multiply(y_i, x_i), index=i, count=N), x)"),
    ("sum_i B^(i-1)", "sum_over(matrix_power(B, subtract(i, 1)), index=i, count=N)"),
    ("n*t", "multiply(n, t)"),
    ("1 - sigmoid(X*w)", "subtract(1, sigmoid(matmul(X, w)))"),
    ("1 + X.^2", "add(1, power(X, 2))"),
    ("2*tanh(X) - t", "subtract(multiply(2, tanh(X)), t)"),
    (
        "r = y - X*w; r'*r",
        "number(matmul(transpose(subtract(y, matmul(X, w))), subtract(y, matmul(X, w))))",
    ),
    ("x'*B*x*x", "multiply(number(matmul(matmul(transpose(x), B), x)), x)"),
    ("ones'*X*ones", "number(matmul(matmul(ones[1, m], X), ones[n, 1]))"),
    ("X - y*ones'", "subtract(X, matmul(y, ones[1, n]))"),
    ("X - ones*z", "subtract(X, matmul(ones[m, 1], z))"),
    ("X + t*ones", "add(X, multiply(t, ones[m, n]))"),
    ("X*I", "X"),
    ("B + t*I", "add(B, multiply(t, I[n]))"),
    ("X + zeros", "add(X, 0[m, n])"),
    ("1e-3*t", "multiply(0.001, t)"),
    (".5*t", "multiply(0.5, t)"),
    ("2.5*t", "multiply(2.5, t)"),
    ("2.*t", "multiply(2, t)"),
    ("pi*t", "multiply(3.141592653589793, t)"),
    ("z*W + b", "add(matmul(z, W), b)"),
    ("1 + X.T", "add(ones[n, m], transpose(X))"),
]

#: text, and plainer text for the same thing.
EQUAL = [
    ("X^T", "X'"),
    ("X^{T}", "X'"),
    ("X^(T)", "X'"),
    ("X^⊤", "X'"),
    ("X^\\top", "X'"),
    ("X^{\\top}", "X'"),
    ("X^{\\mathsf T}", "X'"),
    ("X^{\\mathsf{T}}", "X'"),
    ("X^\\mathsf{T}", "X'"),
    ("X^{\\mathrm{T}}", "X'"),
    ("X^{\\rm T}", "X'"),
    ("X^{\\intercal}", "X'"),
    ("X^\\prime", "X'"),
    ("X^{\\prime}", "X'"),
    ("X^'", "X'"),
    ("Xᵀ", "X'"),
    ("X⊤", "X'"),
    ("X’", "X'"),
    ("X′", "X'"),
    ("B^{-1}", "inv(B)"),
    ("B^(-1)", "inv(B)"),
    ("B^-1", "inv(B)"),
    ("B⁻¹", "inv(B)"),
    ("B^{-T}", "inv(B)'"),
    ("B^-T", "inv(B)'"),
    ("B^{-\\top}", "inv(B)'"),
    ("B^{-\\mathsf{T}}", "inv(B)'"),
    ("B⁻ᵀ", "inv(B)'"),
    ("B^{1/2}", "sqrtm(B)"),
    ("B^{\\frac12}", "sqrtm(B)"),
    ("B^{-1/2}", "inv(sqrtm(B))"),
    ("B²", "B^2"),
    ("σ^2", "sigma^2"),
    ("σ²", "sigma^2"),
    ("\\sigma^2", "sigma^2"),
    ("\\Sigma^{-1}", "inv(Sigma)"),
    ("Σ⁻¹", "inv(Sigma)"),
    ("W_1", "W1"),
    ("W_{1}", "W1"),
    ("W₁", "W1"),
    ("\\mathbf{W}_1", "W1"),
    ("S_{W}", "S_W"),
    ("\\mathbf{x}", "x"),
    ("\\boldsymbol{x}", "x"),
    ("\\bm{x}", "x"),
    ("𝐱", "x"),
    ("𝒙", "x"),
    ("\\boldsymbol{\\Sigma}", "Sigma"),
    ("||x||", "norm2(x)"),
    ("‖x‖", "norm2(x)"),
    ("\\|x\\|", "norm2(x)"),
    ("\\lVert x \\rVert", "norm2(x)"),
    ("\\left\\| x \\right\\|", "norm2(x)"),
    ("\\left\\lVert x \\right\\rVert", "norm2(x)"),
    ("\\Vert x \\Vert", "norm2(x)"),
    ("||X||_F^2", "norm2(X)^2"),
    ("||X||_{F}^{2}", "norm2(X)^2"),
    ("\\|X\\|_{\\mathrm{F}}^2", "norm2(X)^2"),
    ("||X||_{2}", "normspec(X)"),
    ("||X||_{*}", "normnuc(X)"),
    ("\\|X\\|_\\ast", "normnuc(X)"),
    ("||x||_{P}^2", "x'*P*x"),
    ("||x||_{P}^{2}", "x'*P*x"),
    ("||x - w||_P^2", "(x - w)'*P*(x - w)"),
    ("||x||_{P^{-1}}^2", "x'*inv(P)*x"),
    ("||x||_{inv(P)}^2", "x'*inv(P)*x"),
    ("\\|x\\|_{\\Sigma^{-1}}^2", "x'*inv(Sigma)*x"),
    ("| |t| - 1|", "abs(abs(t) - 1)"),
    ("|B|^2", "det(B)^2"),
    ("|B*P| + |t|", "det(B*P) + abs(t)"),
    ("\\left|B\\right|", "det(B)"),
    ("\\lvert t \\rvert", "abs(t)"),
    ("log det B", "logdet(B)"),
    ("log det(B)", "logdet(B)"),
    ("\\log\\det B", "logdet(B)"),
    ("\\log\\det(B)", "logdet(B)"),
    ("\\log|B|", "logdet(B)"),
    ("\\ln|B|", "logdet(B)"),
    ("log|det B|", "log(abs(det(B)))"),
    ("⟨X, Y⟩", "<X, Y>"),
    ("\\langle X, Y\\rangle", "<X, Y>"),
    ("\\left\\langle X, Y\\right\\rangle", "<X, Y>"),
    ("A*X : Y", "<A*X, Y>"),
    ("X : Y + t", "<X, Y> + t"),
    ("P\\x", "inv(P)*x"),
    ("X∘Y", "X.*Y"),
    ("X⊙Y", "X.*Y"),
    ("X \\odot Y", "X.*Y"),
    ("X \\circ Y", "X.*Y"),
    ("X ⊘ Y", "X./Y"),
    ("X^{\\odot 2}", "X.^2"),
    ("X^{\\circ 2}", "X.^2"),
    ("B ⊗ W", "kron(B, W)"),
    ("B \\otimes W", "kron(B, W)"),
    ("t·x", "t*x"),
    ("t⋅x", "t*x"),
    ("t \\cdot x", "t*x"),
    ("t × x", "t*x"),
    ("x − w", "x - w"),
    ("x – w", "x - w"),
    ("X^{+}", "pinv(X)"),
    ("X^†", "pinv(X)"),
    ("X^{\\dagger}", "pinv(X)"),
    ("2AXB", "2*A*X*B"),
    ("2 A X B", "2*A*X*B"),
    ("x^T B x", "x'*B*x"),
    ("x^TBx", "x'*B*x"),
    ("x'Bx", "x'*B*x"),
    ("X'X", "X'*X"),
    ("xᵀw", "x'*w"),
    ("B^{-1}x", "inv(B)*x"),
    ("2(x + w)", "2*(x + w)"),
    ("(B + P)(x + w)", "(B + P)*(x + w)"),
    ("x'(B + P)x", "x'*(B + P)*x"),
    ("B(x + w)", "B*(x + w)"),
    ("tr(B)X", "tr(B)*X"),
    ("1/2x'x", "1/2*x'*x"),
    ("t/2 x", "t/2*x"),
    ("W1x", "W1*x"),
    ("S_Wx", "S_W*x"),
    ("2x_i'w", "2*x_i'*w"),
    ("\\frac{1}{2}t", "(1/2)*t"),
    ("\\frac12 t", "(1/2)*t"),
    ("\\tfrac{1}{2} t", "(1/2)*t"),
    ("\\dfrac{s}{t}", "s/t"),
    ("\\frac{x'x}{t} x", "((x'*x)/t)*x"),
    ("\\sqrt{t}", "sqrt(t)"),
    ("\\sqrt 2", "sqrt(2)"),
    ("\\operatorname{tr}(B)", "tr(B)"),
    ("\\mathrm{Tr}(B)", "tr(B)"),
    ("\\text{tr}(B)", "tr(B)"),
    ("{\\rm tr}(B)", "tr(B)"),
    ("\\operatorname{Tr}\\left[B P\\right]", "tr(B*P)"),
    ("\\operatorname{tr}\\left(X^{\\mathsf T} A X\\right)", "tr(X'*A*X)"),
    ("tr B", "tr(B)"),
    ("exp t", "exp(t)"),
    ("\\exp\\{-\\tfrac{1}{2} x^\\top P^{-1} x\\}", "exp(-(1/2)*x'*inv(P)*x)"),
    (
        "\\frac12 \\lVert y - Xw \\rVert_2^2 + \\frac{\\sigma}{2} \\|w\\|^2",
        "(1/2)*norm2(y - X*w)^2 + (sigma/2)*norm2(w)^2",
    ),
    (
        "-\\frac{1}{2}\\log|\\Sigma| - \\frac12 (x-w)^\\top\\Sigma^{-1}(x-w)",
        "-(1/2)*logdet(Sigma) - (1/2)*(x - w)'*inv(Sigma)*(x - w)",
    ),
    ("\\mathbf{1}^\\top x", "ones'*x"),
    ("$x'x$", "x'*x"),
    ("x\\,'\\; * \\!w", "x'*w"),
    ("\\begin{bmatrix} B & x \\\\ x' & t \\end{bmatrix}", "[B, x; x', t]"),
    ("\\begin{pmatrix} x \\\\ w \\end{pmatrix}", "[x; w]"),
    ("\\sum_{i} y_i", "sum_i y_i"),
    ("\\sum_{i=1}^{N} y_i", "sum_i y_i"),
    ("\\sum_{i=1}^N y_i", "sum_i y_i"),
    ("∑_i y_i", "sum_i y_i"),
    ("∑ᵢ yᵢ", "sum_i y_i"),
    ("sum_{i} y_i", "sum_i y_i"),
    ("2*sum_i y_i*t + t", "2*(sum_i (y_i*t)) + t"),
    ("sum_i y_i : t", "(sum_i y_i) : t"),
    ("sum_i(y_i)^2", "sum_i (y_i^2)"),
    ("sum(x)^2", "(sum(x))^2"),
    (
        "\\sum_{i} \\log(1 + \\exp(-y_i \\mathbf{x}_i^\\top \\mathbf{w}))",
        "sum_i log(1 + exp(-y_i*x_i'*w))",
    ),
    ("trace(B)", "tr(B)"),
    ("Tr(B)", "tr(B)"),
    ("ln(t)", "log(t)"),
    ("norm(x)", "norm2(x)"),
    ("transpose(X)", "X'"),
    ("chol(P)", "cholesky(P)"),
    ("-B'", "-(B')"),
    ("-B^2", "-(B^2)"),
    ("s^2^3", "(s^2)^3"),
    ("x'^T", "x"),
    ("B^2'", "(B^2)'"),
    ("X[1,:]'", "(X[1,:])'"),
    ("-s*t", "(-s)*t"),
    ("s - t - s", "(s - t) - s"),
    ("s/t/s", "(s/t)/s"),
    ("s*t/s", "(s*t)/s"),
    ("- - t", "t"),
    ("+t", "t"),
    ("s*-t", "s*(-t)"),
    ("2^-1", "2^(-1)"),
    ("B^-2", "B^{-2}"),
    ("x.^-1", "x.^(-1)"),
    ("2.^x", "2 .^ x"),
    ("X .* Y * w", "(X.*Y)*w"),
    ("f = t; f", "t"),
    ("a = s*t; c = a + 1; c^2 + a", "(s*t + 1)^2 + s*t"),
    ("f = x'*x", "x'*x"),
    ("X*w;", "X*w"),
    ("np.trace(X.T @ A @ X)", "tr(X'*A*X)"),
    ("np.linalg.norm(y - X @ w)**2", "norm2(y - X*w)^2"),
    ("np.sum((y - X @ w)**2)", "sum((y - X*w).^2)"),
    ("x @ B @ x", "x'*B*x"),
    ("x @ w", "x'*w"),
    ("x.T @ w", "x'*w"),
    ("B @ x", "B*x"),
    ("x @ B", "B'*x"),
    ("X.T @ (X @ w - y)", "X'*(X*w - y)"),
    ("np.outer(x, w)", "x*w'"),
    ("np.dot(x, w)", "x'*w"),
    ("x.dot(w)", "x'*w"),
    ("np.vdot(x, w)", "<x, w>"),
    ("X.T * X.T", "X'.*X'"),
    ("np.exp(X) / X", "exp(X)./X"),
    ("np.linalg.inv(B) @ x", "inv(B)*x"),
    ("np.linalg.solve(B, x)", "solve(B, x)"),
    ("np.log(np.linalg.det(B))", "log(det(B))"),
    ("np.linalg.slogdet(B)[1]", "log(abs(det(B)))"),
    ("np.sum(X)", "sum(X)"),
    ("X.sum()", "sum(X)"),
    ("np.sum(X, axis=0)", "colsum(X)'"),
    ("np.sum(X, axis=1)", "rowsum(X)"),
    ("np.sum(X, axis=0, keepdims=True)", "colsum(X)"),
    ("np.trace(B) * X[0, 1]", "tr(B)*X[1,2]"),
    ("X[0] @ w + np.sum(w)", "X[1,:]*w + sum(w)"),
    ("np.sum(x[1])", "x[2]"),
    ("np.sum(X[:, 0])", "sum(X[:,1])"),
    ("np.sum(X[0:2, 0:1])", "sum(X[1:2,1:1])"),
    ("np.eye(n) @ x", "x"),
    ("np.ones((m, n)) * X", "X"),
    ("np.ones(n) @ x", "ones(n)'*x"),
    ("-x**2 + np.exp(x)", "-x.^2 + exp(x)"),
    ("2**-t + np.exp(t)", "2^(-t) + exp(t)"),
    ("np.linalg.matrix_power(B, 3)", "B^3"),
    ("np.kron(B, W)", "kron(B, W)"),
    ("np.diag(x) @ B", "diag(x)*B"),
    ("np.maximum(X, Y)", "maximum(X, Y)"),
    ("sigmoid(X @ w)", "sigmoid(X*w)"),
    ("r = y - X @ w; r @ r", "r = y - X*w; r'*r"),
    ("np.mean(X)", "mean(X)"),
    ("np.tril(B)", "tril(B)"),
]

#: text, declarations, place of the caret, what is said.
ERRORS = [
    (
        "trc(B)",
        WHERE,
        0,
        "There is no function trc. Did you mean tr? Functions are tr, det, logdet, inv, norm2, sum, diag, exp and the others of the table; a product needs a *.",
    ),
    (
        "tr(Z)",
        WHERE,
        3,
        "The name Z is not declared; declared are X, Y, A, B, P, C, W, S_W, W1, Sigma, sigma, x, w, y, b, z, t, s, k, x_i, y_i, m, n, p, q, N. Did you mean z? Add it to where, such as `Z: n` or `Z: m x n`.",
    ),
    (
        "sigmoyd(X)",
        WHERE,
        0,
        "There is no function sigmoyd. Did you mean sigmoid? Functions are tr, det, logdet, inv, norm2, sum, diag, exp and the others of the table; a product needs a *.",
    ),
    (
        "Xy*t",
        WHERE,
        1,
        "In Xy the inner dimensions differ: X is m x n, y is m x 1. The first needs as many columns (n) as the second has rows (m). X'*y would fit.",
    ),
    ("sin(x", WHERE, 3, "Unbalanced parentheses: the ( at place 4 is not closed, a ) is missing."),
    (
        "x)",
        WHERE,
        1,
        "Unbalanced parentheses: this ) closes nothing. Remove it, or open it before.",
    ),
    ("(x", WHERE, 0, "Unbalanced parentheses: the ( at place 1 is not closed, a ) is missing."),
    (
        "tr((X*B)'",
        WHERE,
        2,
        "Unbalanced parentheses: the ( at place 3 is not closed, a ) is missing.",
    ),
    ("[B, x", WHERE, 0, "Unbalanced parentheses: the [ at place 1 is not closed, a ] is missing."),
    ("{x", WHERE, 0, "Unbalanced parentheses: the { at place 1 is not closed, a } is missing."),
    ("|x", WHERE, 2, "The | at place 1 is not closed: the text ends."),
    ("||x", WHERE, 3, "The || at place 1 is not closed: the text ends."),
    ("<X, Y", WHERE, 0, "Unbalanced parentheses: the < at place 1 is not closed, a > is missing."),
    ("<X", WHERE, 2, "An inner product <A, B> has two factors, with a comma between them."),
    ("(x]", WHERE, 2, "Unbalanced parentheses: a ) is needed here, and ] stands here."),
    ("x +", WHERE, 3, "The text ends where an operand is due."),
    ("* x", WHERE, 0, "An operand is due here, such as X or 2, and * stands here."),
    ("X^T*A*X +* 2", WHERE, 9, "An operand is due here, such as X or 2, and * stands here."),
    ("x y_", WHERE, 3, "The sign _ does not continue the expression."),
    ("()", WHERE, 1, "This ) stands where an operand is due."),
    ("tr()", WHERE, 0, "tr takes one argument, and none is given."),
    ("tr(A,B)", WHERE, 0, "tr takes one argument, and 2 are given."),
    ("kron(A)", WHERE, 0, "kron takes two arguments, and 1 is given."),
    ("2 3", WHERE, 2, "Two numbers stand side by side; an operator is missing."),
    (
        "X X)",
        WHERE,
        3,
        "Unbalanced parentheses: this ) closes nothing. Remove it, or open it before.",
    ),
    (
        "A*C",
        WHERE,
        1,
        "In A*C the inner dimensions differ: A is m x m, C is p x q. The first needs as many columns (m) as the second has rows (p).",
    ),
    (
        "X*Y",
        WHERE,
        1,
        "In X*Y the inner dimensions differ: X is m x n, Y is m x n. The first needs as many columns (n) as the second has rows (m). X'*Y and X*Y' and X.*Y entry by entry would fit.",
    ),
    (
        "x*w",
        WHERE,
        1,
        "In x*w the inner dimensions differ: x is n x 1, w is n x 1. The first needs as many columns (1) as the second has rows (n). x'*w and x*w' and x.*w entry by entry would fit.",
    ),
    (
        "z*x'",
        WHERE,
        1,
        "In z*x' the inner dimensions differ: z is 1 x n, x' is 1 x n. The first needs as many columns (n) as the second has rows (1). z'*x' and z*x and z.*x' entry by entry would fit.",
    ),
    (
        "X + X'",
        WHERE,
        2,
        "The sum needs equal shapes: X is m x n, X' is n x m. With X for X' they are.",
    ),
    (
        "X - B",
        WHERE,
        2,
        "The sum needs equal shapes: X is m x n, B is n x n. Correct one of them, or the declarations.",
    ),
    (
        "X + y",
        WHERE,
        2,
        "The sum needs equal shapes: X is m x n, y is m x 1. For the column in every column write y*ones(n)'.",
    ),
    (
        "X + z",
        WHERE,
        2,
        "The sum needs equal shapes: X is m x n, z is 1 x n. For the row in every row write ones(m)*z.",
    ),
    (
        "X .* X'",
        WHERE,
        2,
        "The operator .* needs equal shapes: X is m x n, X' is n x m. With X for X' they are.",
    ),
    (
        "X : X'",
        WHERE,
        2,
        "An inner product needs equal shapes: X is m x n, X' is n x m. With X for X' they are.",
    ),
    (
        "<x, t>",
        WHERE,
        0,
        "An inner product needs equal shapes: x is n x 1, t is a number. For a multiple write *.",
    ),
    (
        "(X > X')",
        WHERE,
        3,
        "A comparison needs equal shapes: X is m x n, X' is n x m. With X for X' they are.",
    ),
    (
        "B + t",
        WHERE,
        2,
        "A number and a matrix are added: B is n x n. B + t*I or B + t*ones? Write it so.",
    ),
    (
        "t - B",
        WHERE,
        2,
        "A number and a matrix are added: B is n x n. t*I - B or t*ones - B? Write it so.",
    ),
    (
        "B + 1",
        WHERE,
        2,
        "A number and a matrix are added: B is n x n. B + I or B + ones? Write it so.",
    ),
    ("X - 1", WHERE, 2, "A number and a matrix are added: X is m x n. X - ones? Write it so."),
    ("1 + x", WHERE, 2, "A number and a matrix are added: x is n x 1. ones + x? Write it so."),
    (
        "B + tr(B)",
        WHERE,
        2,
        "A number and a matrix are added: B is n x n. B + tr(B)*I or B + tr(B)*ones? Write it so.",
    ),
    (
        "A/X",
        WHERE,
        1,
        "Division by a matrix is ambiguous: A is m x m, X is m x n. Write A*inv(X) or inv(X)*A.",
    ),
    (
        "X/A",
        WHERE,
        1,
        "Division by a matrix is ambiguous: X is m x n, A is m x m. Write X*inv(A) or inv(A)*X.",
    ),
    (
        "1/X",
        WHERE,
        1,
        "Division by a matrix: X is m x n. Entry by entry it is written 1 ./ X; an inverse is inv.",
    ),
    (
        "y/(X*w)",
        WHERE,
        1,
        "Division by a matrix: (X*w) is m x 1. Entry by entry it is written y ./ (X*w); an inverse is inv.",
    ),
    (
        "t/(x'*B)",
        WHERE,
        1,
        "Division by a matrix: (x'*B) is 1 x n. Entry by entry it is written t ./ (x'*B); an inverse is inv.",
    ),
    (
        "1/exp(X)",
        WHERE,
        1,
        "Division by a matrix: exp(X) is m x n. Entry by entry it is written 1 ./ exp(X); an inverse is inv.",
    ),
    (
        "exp(X)/exp(Y)",
        WHERE,
        6,
        "Division by a matrix: exp(Y) is m x n. Entry by entry it is written exp(X) ./ exp(Y); an inverse is inv.",
    ),
    (
        "X\\y",
        WHERE,
        1,
        "A\\b needs a square matrix: X is m x n. For least squares write pinv(A)*b.",
    ),
    (
        "A\\C",
        WHERE,
        1,
        "In A\\C the inner dimensions differ: A is m x m, C is p x q. The first needs as many columns (m) as the second has rows (p).",
    ),
    (
        "inv(X)",
        WHERE,
        0,
        "inv needs a square matrix: X is m x n. pinv(X) is the pseudo-inverse of any matrix.",
    ),
    (
        "det(X)",
        WHERE,
        0,
        "det needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    (
        "logdet(X)",
        WHERE,
        0,
        "logdet needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    (
        "tr(X)",
        WHERE,
        0,
        "tr needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    (
        "X^2",
        WHERE,
        1,
        "A power needs a square matrix: X is m x n. Powers entry by entry are written .^, and X'*X is square.",
    ),
    (
        "X^-1",
        WHERE,
        1,
        "A power needs a square matrix: X is m x n. Powers entry by entry are written .^, and X'*X is square.",
    ),
    (
        "X^k",
        WHERE,
        1,
        "A power needs a square matrix: X is m x n. Powers entry by entry are written .^, and X'*X is square.",
    ),
    (
        "x^2",
        WHERE,
        1,
        "A power needs a square matrix: x is n x 1. Powers entry by entry are written .^, and X'*X is square.",
    ),
    ("B^x", WHERE, 1, "An exponent is a number: x is n x 1. For the transpose write B'."),
    (
        "expm(X)",
        WHERE,
        0,
        "expm needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    (
        "sqrtm(X)",
        WHERE,
        0,
        "sqrtm needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    (
        "lambda_max(X)",
        WHERE,
        0,
        "lambda_max needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    ("expm(t)", WHERE, 0, "expm is a function of matrices: t is a number."),
    (
        "vech(X)",
        WHERE,
        0,
        "vech needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    (
        "diag(X)",
        WHERE,
        0,
        "diag needs a square matrix: X is m x n. A rectangle has no diagonal of known length.",
    ),
    (
        "norm1(X)",
        WHERE,
        0,
        "The 1-norm (norm1) of a matrix has two meanings: X is m x n. The sum of all |entries| is sum(abs(X)).",
    ),
    (
        "||X||_1",
        WHERE,
        0,
        "The 1-norm (norm1) of a matrix has two meanings: X is m x n. The sum of all |entries| is sum(abs(X)).",
    ),
    (
        "||x||_3",
        WHERE,
        6,
        "This norm is not read. There are ||x||_2, ||x||_1, ||X||_F, ||X||_* and the weighted ||x||_W.",
    ),
    (
        "||x||_{2,1}",
        WHERE,
        7,
        "This norm is not read. There are ||x||_2, ||x||_1, ||X||_F, ||X||_* and the weighted ||x||_W.",
    ),
    (
        "||x||_\\infty",
        WHERE,
        6,
        "This norm is not read. There are ||x||_2, ||x||_1, ||X||_F, ||X||_* and the weighted ||x||_W.",
    ),
    (
        "||x||_C",
        WHERE,
        0,
        "The weight of a norm needs a square matrix: C is p x q. Use x'*W*x with a square W.",
    ),
    (
        "||y||_P",
        WHERE,
        0,
        "The weight does not fit: y is m x 1, P is n x n. It needs as many rows and columns as y has rows.",
    ),
    ("|x|", WHERE, 0, "|x| of a vector can be meant in two ways: x is n x 1. norm2(x) or abs(x)?"),
    (
        "|X|",
        WHERE,
        0,
        "A determinant needs a square matrix: X is m x n. X'*X and X*X' are square; the sum of all entries is sum(X).",
    ),
    (
        "X^t",
        WHERE,
        1,
        "A power needs a square matrix: X is m x n. Powers entry by entry are written .^, and X'*X is square.",
    ),
    ("B^H", WHERE, 2, "B^H needs a number H, and H is none. For the transpose write B'."),
    (
        "A'(t)",
        WHERE,
        1,
        "A'(t) looks like a derivative at t, and ' is the transpose here. Write A'*t for the transpose times t; a matrix that depends on t is written out, as in A + t*B.",
    ),
    (
        "A(t)",
        WHERE,
        0,
        "A(t) looks like a function of t, and A is a matrix. Write A*t for the product; a matrix that depends on t is written out, as in A + t*B.",
    ),
    (
        "X[2]",
        WHERE,
        1,
        "A matrix has two indices, as in X[1,2] or X[1,:], and here it has 1: X is m x n.",
    ),
    (
        "X[0,1]",
        WHERE,
        2,
        "An index is a number from 1 on, or a range such as 1:3, or `:`; 0 stands here. For samples declare the index (i: 1..N) and write x_i.",
    ),
    (
        "X[i,1]",
        WHERE,
        2,
        "An index is a number from 1 on, or a range such as 1:3, or `:`; i stands here. For samples declare the index (i: 1..N) and write x_i.",
    ),
    (
        "X[1,2,3]",
        WHERE,
        1,
        "A matrix has two indices, as in X[1,2] or X[1,:], and here it has 3: X is m x n.",
    ),
    ("X[2:1,1]", WHERE, 1, "A range ends at or after its start."),
    ("eye(3)[4,1]", WHERE, 6, "The index 4 is beyond the shape: eye(3) is 3 x 3."),
    ("tr(I)", WHERE, 3, "The size of I does not follow from its context. Write eye(n)."),
    ("I", WHERE, 0, "The size of I does not follow from its context. Write eye(n)."),
    (
        "ones*t",
        WHERE,
        0,
        "The size of ones does not follow from its context. Write ones(n) or ones(m,n).",
    ),
    (
        "zeros",
        WHERE,
        0,
        "The size of zeros does not follow from its context. Write zeros(n) or zeros(m,n).",
    ),
    ("eye", WHERE, 0, "eye needs a size: eye(n). The identity whose size the context gives is I."),
    ("eye(2,3)", WHERE, 0, "eye takes one size, and 2 are given."),
    ("ones(1,2,3)", WHERE, 0, "ones takes one or two sizes, and 3 are given."),
    (
        "ones(X)",
        WHERE,
        5,
        "A size is a letter, a number from 1 on or a product of these, and X is none.",
    ),
    (
        "ones(0)",
        WHERE,
        5,
        "A size is a letter, a number from 1 on or a product of these, and 0 is none.",
    ),
    (
        "ones(2.5)",
        WHERE,
        5,
        "A size is a letter, a number from 1 on or a product of these, and 2.5 is none.",
    ),
    (
        "[B]",
        WHERE,
        0,
        "Brackets hold blocks, with commas and semicolons between them: [A, B; C, D]. For one expression use parentheses.",
    ),
    ("[B, x, y; x]", WHERE, 0, "The rows of blocks have 3, 1 entries. Give each row equally many."),
    (
        "[B, X]",
        WHERE,
        0,
        "Blocks beside each other need equally many rows: B is n x n, X is m x n.",
    ),
    (
        "[x; z]",
        WHERE,
        0,
        "Blocks below each other need equally many columns: x is n x 1, z is 1 x n.",
    ),
    ("sum", WHERE, 0, "sum needs an argument: sum(X)."),
    ("sum()", WHERE, 0, "sum takes one argument, and none is given."),
    (
        "tr B X",
        WHERE,
        5,
        "Where the argument of tr ends is not clear: tr(B) times the rest, or tr of all? Write parentheses.",
    ),
    (
        "log det B * t",
        WHERE,
        10,
        "Where the argument of det ends is not clear: det(B) times the rest, or det of all? Write parentheses.",
    ),
    ("t/s x", WHERE, 4, "(t/s) times the rest, or t over all? Write parentheses."),
    (
        "sum_j x",
        WHERE,
        0,
        "The index j of the sum has no range. Declare it in where, as in j: 1..N.",
    ),
    (
        "sum_i sum_i y_i",
        WHERE,
        6,
        "A sum over i stands in a sum over i. Use two indices, or write parentheses around the inner sum.",
    ),
    (
        "sum_{i=1}^{n} y_i",
        WHERE,
        10,
        "The sum ends at n, and i is declared as 1..N. Let them agree.",
    ),
    (
        "x_j",
        WHERE,
        0,
        "The name x_j is not declared; declared are X, Y, A, B, P, C, W, S_W, W1, Sigma, sigma, x, w, y, b, z, t, s, k, x_i, y_i, m, n, p, q, N. Did you mean x_i? Add it to where, such as `x_j: n` or `x_j: m x n`.",
    ),
    ("X > 0", WHERE, 2, "A comparison stands in parentheses: (X > 0) is 1 where it holds, else 0."),
    ("x = ", WHERE, 4, "The text ends where an operand is due."),
    ("x == w", WHERE, 3, "An operand is due here, such as X or 2, and = stands here."),
    (
        "x; w",
        WHERE,
        0,
        "What stands before a semicolon is an abbreviation, such as `r = y - X*w; r'*r`. Give it a name.",
    ),
    (
        "X = y; X",
        WHERE,
        0,
        "The name X has a meaning already, so it cannot be an abbreviation. Use another one.",
    ),
    (
        "tr = y; tr",
        WHERE,
        0,
        "The name tr has a meaning already, so it cannot be an abbreviation. Use another one.",
    ),
    # x = y had been read as y, and 1'*x as the number 1 times x.
    (
        "x = y",
        WHERE,
        0,
        "An equation stands here. Write the expression alone; abbreviations come first, as in "
        "`r = y - X*w; r'*r`.",
    ),
    (
        "1'*x",
        WHERE,
        1,
        "A number has no transpose; the row of ones is ones(n)', and 1 is the number.",
    ),
    (
        "1^T x",
        WHERE,
        1,
        "A number has no transpose; the row of ones is ones(n)', and 1 is the number.",
    ),
    ("polar(x)", WHERE, 0, "polar is a function of matrices: x is n x 1."),
    ("tril(t)", WHERE, 0, "tril is a function of matrices: t is a number."),
    ("normspec(x')", WHERE, 0, "normspec is a function of matrices: x' is 1 x n."),
    ("normnuc(x)", WHERE, 0, "normnuc is a function of matrices: x is n x 1."),
    ("B^2^", WHERE, 4, "The text ends where an operand is due."),
    ("2x y z q(", WHERE, 9, "The text ends where an operand is due."),
    (
        "t|t|",
        WHERE,
        1,
        "A | opens only where an operand is due. Write * before it, as in 2*||x||^2.",
    ),
    ("1e999", WHERE, 0, "This number is too large; at most about 1e308 is read."),
    (
        "x.y",
        WHERE,
        1,
        "The attribute .y is not read. Write NumPy's function, such as np.sum(X), or X.T.",
    ),
    (
        "x ? w",
        WHERE,
        2,
        "The sign ? has no meaning here. Operators are + - * / ^ ' .* ./ .^ and :.",
    ),
    ('"x"', WHERE, 0, "The sign \" has no meaning here. Operators are + - * / ^ ' .* ./ .^ and :."),
    ("∞", WHERE, 0, "Infinity is not a number here; write a finite one."),
    ("√t", WHERE, 0, "The sign √ has no meaning here. Operators are + - * / ^ ' .* ./ .^ and :."),
    ("X^*", WHERE, 2, "An operand is due here, such as X or 2, and * stands here."),
    ("tr(B, k=1)", WHERE, 0, "tr has no parameter k."),
    ("exp(X, axis=0)", WHERE, 0, "exp has no parameter axis."),
    ("tril(B, k=x)", WHERE, 10, "A parameter is a whole number, True or False."),
    (
        "layernorm(t, t)",
        WHERE,
        0,
        "layernorm does not take these arguments: t is a number, t is a number.",
    ),
    ("__import__('os')", WHERE, 0, "An operand is due here, such as X or 2, and _ stands here."),
    (
        'eval("1")',
        WHERE,
        5,
        "The sign \" has no meaning here. Operators are + - * / ^ ' .* ./ .^ and :.",
    ),
    (
        "os.system('x')",
        WHERE,
        10,
        "The text has NumPy's .s and also ', which NumPy has not (or understands otherwise). Write all of it as NumPy (X.T @ A, *, ** entrywise) or all of it in this notation (X'*A, .*, .^).",
    ),
    (
        "lambda: x",
        WHERE,
        0,
        "The name lambda is not declared; declared are X, Y, A, B, P, C, W, S_W, W1, Sigma, sigma, x, w, y, b, z, t, s, k, x_i, y_i, m, n, p, q, N. Add it to where, such as `lambda: scalar`, `lambda: n` or `lambda: m x n`.",
    ),
    (
        "x if t else w",
        WHERE,
        2,
        "The name if is not declared; declared are X, Y, A, B, P, C, W, S_W, W1, Sigma, sigma, x, w, y, b, z, t, s, k, x_i, y_i, m, n, p, q, N. Add it to where, such as `if: n` or `if: m x n`.",
    ),
    ("x.__class__", WHERE, 1, "A point stands here; entrywise operators are .* ./ and .^."),
    (
        "[x for x in w]",
        WHERE,
        3,
        "The name for is not declared; declared are X, Y, A, B, P, C, W, S_W, W1, Sigma, sigma, x, w, y, b, z, t, s, k, x_i, y_i, m, n, p, q, N. Add it to where, such as `for: scalar`, `for: n` or `for: m x n`.",
    ),
    ("\\mathfrak{X}", WHERE, 0, "The command \\mathfrak of LaTeX is not read here."),
    ("\\foo", WHERE, 0, "The command \\foo of LaTeX is not read here."),
    (
        "\\frac{1}{X}",
        WHERE,
        0,
        "Division by a matrix: X is m x n. Entry by entry it is written 1 ./ X; an inverse is inv.",
    ),
    (
        "x_{-1}",
        WHERE,
        1,
        "The subscript of x is not made of letters and digits. Give the symbol a plain name, such as x_i or S_W.",
    ),
    (
        "α*x",
        WHERE,
        0,
        "The name alpha is not declared; declared are X, Y, A, B, P, C, W, S_W, W1, Sigma, sigma, x, w, y, b, z, t, s, k, x_i, y_i, m, n, p, q, N. Add it to where, such as `alpha: scalar`, `alpha: n` or `alpha: m x n`.",
    ),
    ("∇f", WHERE, 0, "Write the expression itself, not its derivative."),
    (
        "X' @ w",
        WHERE,
        1,
        "The text has NumPy's @ and also ', which NumPy has not (or understands otherwise). Write all of it as NumPy (X.T @ A, *, ** entrywise) or all of it in this notation (X'*A, .*, .^).",
    ),
    (
        "X.T ^ 2",
        WHERE,
        4,
        "The text has NumPy's .T and also ^, which NumPy has not (or understands otherwise). Write all of it as NumPy (X.T @ A, *, ** entrywise) or all of it in this notation (X'*A, .*, .^).",
    ),
    ("np.foo(x)", WHERE, 0, "NumPy's function np.foo has no entry in the table."),
    (
        "np.einsum('ij', X)",
        WHERE,
        10,
        "The text has NumPy's np. and also ', which NumPy has not (or understands otherwise). Write all of it as NumPy (X.T @ A, *, ** entrywise) or all of it in this notation (X'*A, .*, .^).",
    ),
    ("X @ t", WHERE, 2, "@ multiplies arrays: X is m x n, t is a number. Write * for a number."),
    (
        "X @ X.T @ t",
        WHERE,
        8,
        "@ multiplies arrays: X @ X.T is m x m, t is a number. Write * for a number.",
    ),
    (
        "x @ x.T",
        WHERE,
        2,
        "x @ x.T is a number if x has one axis, and a matrix if it has two. Write np.outer(x, y) for the matrix, x @ y for the number.",
    ),
    ("np.sum(X, axis=2)", WHERE, 0, "Along an axis sums are read: np.sum(X, axis=0) or axis=1."),
    ("np.mean(X, axis=0)", WHERE, 0, "Along an axis sums are read: np.sum(X, axis=0) or axis=1."),
    (
        "X.foo",
        WHERE,
        1,
        "The attribute .foo is not read. Write NumPy's function, such as np.sum(X), or X.T.",
    ),
    (
        "X.sum",
        WHERE,
        1,
        "The attribute .sum is not read. Write NumPy's function, such as np.sum(X), or X.T.",
    ),
    (
        "np.linalg.slogdet(B)[0]",
        WHERE,
        20,
        "Of slogdet(X) the second output is read: slogdet(X)[1].",
    ),
    ("np.outer(X, x)", WHERE, 0, "np.outer needs vectors: X is m x n, x is n x 1."),
    (
        "X[-1] @ w",
        WHERE,
        2,
        "An index is a number from 0 on, or a range such as 0:3, or `:`; - stands here. For samples declare the index (i: 1..N) and write x_i.",
    ),
    (
        "AXB",
        "",
        1,
        "A sign is missing between factors: A*X*B? Write it so, or declare all names in where, as in A: m x m; X: m x n.",
    ),
    (
        "2AXB",
        "",
        1,
        "A sign is missing between factors: 2*A*X*B? Write it so, or declare all names in where, as in A: m x m; X: m x n.",
    ),
    (
        "X'X",
        "",
        2,
        "A sign is missing between factors: X'*X? Write it so, or declare all names in where, as in A: m x m; X: m x n.",
    ),
    (
        "2X",
        "",
        1,
        "A sign is missing between factors: 2*X? Write it so, or declare all names in where, as in A: m x m; X: m x n.",
    ),
    (
        "foo*x",
        "",
        0,
        "What foo is does not follow from its name. Declare it in where: `foo: scalar` for a number, `foo: n` for a column. A product is written f*o*o.",
    ),
    (
        "sigma*x",
        "",
        0,
        "What sigma is does not follow from its name. Declare it in where: `sigma: scalar` for a number, `sigma: n` for a column.",
    ),
    (
        "lambda*I",
        "",
        0,
        "What lambda is does not follow from its name. Declare it in where: `lambda: scalar` for a number, `lambda: n` for a column.",
    ),
    (
        "x*A",
        "",
        1,
        "In x*A the inner dimensions differ: x is m x 1, A is n x p. The first needs as many columns (1) as the second has rows (n). Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what is not so.",
    ),
    (
        "x*y",
        "",
        1,
        "In x*y the inner dimensions differ: x is m x 1, y is n x 1. The first needs as many columns (1) as the second has rows (n). x*y' would fit. Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what is not so.",
    ),
    (
        "t*x",
        "",
        1,
        "In t*x the inner dimensions differ: t is m x 1, x is n x 1. The first needs as many columns (1) as the second has rows (n). t*x' would fit. Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what is not so.",
    ),
    (
        "x'*A*x + t",
        "",
        7,
        "A number and a matrix are added: t is n x 1. x'*A*x*ones + t? Write it so. Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what is not so.",
    ),
    (
        "X^k",
        "",
        1,
        "An exponent is a number: k is p x 1. For the transpose write X'. Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what is not so.",
    ),
    (
        "inv(kron(A,B))*vec(X)",
        "",
        4,
        "The sizes do not follow from the expression: kron(A,B) has n*q where m*p is needed. Declare them in where, as in A: m x m; B: n x n. Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what is not so.",
    ),
    (
        "sum_i x_i",
        "",
        0,
        "The index i of the sum has no range. Declare it in where, as in i: 1..N.",
    ),
    (
        "A'(t)",
        "",
        1,
        "A'(t) looks like a derivative at t, and ' is the transpose here. Write A'*t for the transpose times t; a matrix that depends on t is written out, as in A + t*B.",
    ),
    (
        "f(x)",
        "",
        1,
        "A sign is missing between factors: f*(x)? Write it so, or declare all names in where, as in A: m x m; X: m x n.",
    ),
    (
        "trc(X)",
        "",
        0,
        "There is no function trc. Did you mean tr? Functions are tr, det, logdet, inv, norm2, sum, diag, exp and the others of the table; a product needs a *.",
    ),
    (
        "x + 1",
        "",
        2,
        "A number and a matrix are added: x is m x 1. x + ones? Write it so. Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what is not so.",
    ),
    (
        "x'*x",
        "X",
        0,
        "A declaration is a name, a colon and a size, such as `X: m x n`, `w: n` or `t: scalar`; they are separated by semicolons.",
    ),
    (
        "x'*x",
        "X: m x n x p",
        0,
        "X has 3 sizes; there are numbers, vectors (`X: n`) and matrices (`X: m x n`).",
    ),
    ("x'*x", "x: n; x: m", 6, "The name x is declared twice."),
    (
        "x'*x",
        "x: n symmetric",
        0,
        "x is symmetric, which needs a square matrix, and it is n x 1. Write `x: n x n symmetric`.",
    ),
    (
        "x'*x",
        "X: m x n symmetric; x: n",
        0,
        "X is symmetric, which needs a square matrix, and it is m x n. Write `X: n x n symmetric`.",
    ),
    (
        "x'*x",
        "X: n x n symetric; x: n",
        0,
        "'n symetric' is no size. Sizes are letters, numbers or products, as in `m x n` or `m*n`; words may be diagonal, integer, invertible, lower, orthogonal, positive, positive definite, probability, skew, symmetric, upper. Did you mean symmetric?",
    ),
    (
        "x'*x",
        "X: -n; x: n",
        0,
        "'-n' is no size. Sizes are letters, numbers or products, as in `m x n` or `m*n`; words may be diagonal, integer, invertible, lower, orthogonal, positive, positive definite, probability, skew, symmetric, upper.",
    ),
    (
        "x'*x",
        "x: 0",
        0,
        "'0' is no size. Sizes are letters, numbers or products, as in `m x n` or `m*n`; words may be diagonal, integer, invertible, lower, orthogonal, positive, positive definite, probability, skew, symmetric, upper.",
    ),
    (
        "x'*x",
        "x: n?",
        0,
        "'n?' is no size. Sizes are letters, numbers or products, as in `m x n` or `m*n`; words may be diagonal, integer, invertible, lower, orthogonal, positive, positive definite, probability, skew, symmetric, upper.",
    ),
    (
        "x'*x",
        "n: n; x: n",
        0,
        "The name n is a size and also declared as n x 1. Use another letter for one of them.",
    ),
    (
        "x'*x",
        "t: orthogonal; x: n",
        0,
        "t is declared as orthogonal, without its size. Write `t: m x n` for a matrix, `t: n` for a vector or `t: scalar`.",
    ),
    ("x'*x", "k: n integer; x: n", 0, "k cannot be integer: it is n x 1."),
    ("x'*x", "x y: n", 0, "'x y' is not a name, such as X, S_W or sigma."),
    (
        "x'*x",
        ": n",
        0,
        "A declaration is a name, a colon and a size, such as `X: m x n`, `w: n` or `t: scalar`; they are separated by semicolons.",
    ),
    (
        "x'*x",
        "i: 1..; x: n",
        0,
        "'1..' is no size. Sizes are letters, numbers or products, as in `m x n` or `m*n`; words may be diagonal, integer, invertible, lower, orthogonal, positive, positive definite, probability, skew, symmetric, upper.",
    ),
    (
        "sum_i x_i",
        "x: N; i: 1..N",
        6,
        "x_i may be entry i of x, which is N x 1, or a sample of that shape. Declare x_i itself, such as `x_i: scalar`.",
    ),
    ("x'*x*", "x: n", 5, "The text ends where an operand is due."),
    ("", "x: n", 0, "The text is empty. Write an expression, such as tr(X'*A*X)."),
]


def form(x):
    """A term as operations applied to operands, whatever its printed form is."""
    if isinstance(x, Ones):
        return f"ones[{', '.join(map(str, x.shape))}]"
    if isinstance(x, Identity):
        return f"I[{x.shape[0]}]"
    if isinstance(x, Number):
        return f"{x.value}[{', '.join(map(str, x.shape))}]" if x.shape else repr(x.value)
    if isinstance(x, Comparison):
        return f"({form(x.left)} {x.sign} {form(x.right)})"
    if not isinstance(x, Application):
        return x.name
    inside = [form(operand) for operand in x.operands]
    if is_invisible(x):
        return f"{('number', 'flat', 'column')[x.ndim]}({inside[0]})"
    inside += [f"{name}={value}" for name, value in x.parameters.items()]
    return f"{x.name}({', '.join(inside)})"


def read(text, where=WHERE):
    return form(parse(text, where=where).term)


@pytest.mark.parametrize(("text", "term"), BASE)
def test_a_text_is_this_term(text, term):
    assert read(text) == term


@pytest.mark.parametrize(("text", "plainer"), EQUAL)
def test_another_spelling_is_the_same_term(text, plainer):
    assert read(text) == read(plainer)


def test_the_size_of_a_triangle_is_read():
    assert parse("vech(B)'*ones(n*(n+1)/2)", where=WHERE).term.shape == ()
    assert read("ones(6/2)") == read("ones(3)")
    for text in ("ones(n/2)", "ones(7/2)"):
        with pytest.raises(ParseError, match="and ./2 is none"):
            read(text)


def test_only_what_follows_the_vector_are_the_sizes_of_reshape():
    # eye had been taken for a size there, and v for a number where nothing declares it.
    body, first = "reshape(rowsum(kron(eye(m), B)), m, n)", "v = rowsum(kron(eye(m), B)); "
    assert read(body) == read(first + "reshape(v, m, n)")
    assert str(parse("tr(reshape(v, n, n))").term) == "tr(reshape(v, n, n))"


@pytest.mark.parametrize(("text", "where", "place", "message"), ERRORS)
def test_an_error_says_what_and_where(text, where, place, message):
    with pytest.raises(ParseError) as error:
        parse(text, where=where)
    said, shown, caret = str(error.value).split("\n")
    assert (said, error.value.position) == (message, place)
    assert caret == " " * (4 + place) + "^"
    assert shown.strip() == error.value.text.strip() and error.value.text in (text, where)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("2*A*X*B", []),
        ("2AXB", ["2AXB is read as 2*A*X*B"]),
        ("x^T B x", ["x^T B x is read as x^T*B*x"]),
        ("x^TBx", ["x^TBx is read as x^T*B*x"]),
        ("tr(B) X'X", ["tr(B) X'X is read as tr(B)*X'*X"]),
        ("|B|", ["|B| is read as det(B)"]),
        ("log|B|", ["log|B| is read as logdet(B)"]),
        ("P\\x", ["P\\x is read as inv(P)*x"]),
        ("||X||", ["||X|| is the Frobenius norm; the spectral norm is ||X||_2"]),
        ("||X||_F", []),
        ("||x||_P^2", ["the square of ||x||_P is read as x'*P*x"]),
        ("exp(B)", ["exp(B) acts on every entry; the function of the matrix is expm(B)"]),
        ("exp(X)", []),
        ("1 - sigmoid(x)", ["1 - sigmoid(x): the number meets every entry"]),
        ("sum_i y_i*t", ["sum_i takes the whole product to its right, y_i*t, for i = 1..N"]),
        ("x @ w", ["The text is read as NumPy: * and ** act entry by entry, @ is the product"]),
    ],
)
def test_a_reading_that_was_chosen_is_noted(text, notes):
    assert parse(text, where=WHERE).notes == notes


# -- Names without declarations --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("x'*A*x", {"x": "m 1", "A": "m m"}),
        ("tr(X'*A*X)", {"X": "m n", "A": "m m"}),
        ("norm2(y - X*w)^2", {"y": "m 1", "X": "m n", "w": "n 1"}),
        ("a*X + b*X*Y", {"a": "", "X": "m n", "b": "", "Y": "n n"}),
        ("x'*(A + I)*x", {"x": "m 1", "A": "m m"}),
        ("eye(3)*X", {"X": "3 m"}),
        ("ones(n)'*x", {"x": "n 1"}),
        ("x - c*ones", {"x": "m 1", "c": ""}),
        ("kron(A, B)*x", {"A": "m n", "B": "p q", "x": "n*q 1"}),
        ("vec(X)'*x", {"X": "m n", "x": "m*n 1"}),
        ("[A, x; x', a]", {"A": "m m", "x": "m 1", "a": ""}),
        ("Sigma*x_1 + W2*y", {"Sigma": "m n", "x_1": "n 1", "W2": "m p", "y": "p 1"}),
        ("n/2*logdet(X) + tr(eye(n))", {"X": "m m"}),
        ("r = y - X*w; r'*r", {"y": "m 1", "X": "m n", "w": "n 1"}),
        ("diag(A)'*x", {"A": "m m", "x": "m 1"}),
        ("m'*X*m", {"m": "n 1", "X": "n n"}),
        ("x @ A @ x", {"x": "m 1", "A": "m m"}),
        ("A\\x", {"A": "m m", "x": "m 1"}),
    ],
)
def test_sizes_are_solved_for(text, shapes):
    found = parse(text).symbols
    assert {name: " ".join(map(str, x.shape)) for name, x in found.items()} == shapes


def test_shapes_of_terms_are_known():
    found = parse("kron(A, B)*x")
    assert str(found.term.shape) == "(m*p, 1)" and set(found.sizes) == {"m", "n", "p", "q"}


# -- Declarations ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "shape", "flags"),
    [
        ("X: m x n", "m n", ""),
        ("X: m × n", "m n", ""),
        ("X: m by n", "m n", ""),
        ("X: m, n", "m n", ""),
        ("X: mxn", "m n", ""),
        ("X: 3x2", "3 2", ""),
        ("X: m*n x 2n", "m*n 2*n", ""),
        ("X: n+1 x n", "n+1 n", ""),
        ("X: matrix m x n", "m n", ""),
        ("X: n", "n 1", ""),
        ("X: vector n", "n 1", ""),
        ("X: 1 x n", "1 n", ""),
        ("X: 1 x 1", "", ""),
        ("X: scalar", "", ""),
        ("X: scalar positive", "", "positive"),
        ("X: integer", "", "integer"),
        ("X: n x n symmetric", "n n", "symmetric"),
        ("X: n x n skew", "n n", "skew"),
        ("X: n x n skew-symmetric", "n n", "skew"),
        ("X: n x n diagonal", "n n", "diagonal"),
        ("X: n x n lower", "n n", "lower"),
        ("X: n x n lower triangular invertible", "n n", "invertible lower"),
        ('X: n x n "positive definite"', "n n", "invertible positive definite symmetric"),
        ("X: n x n positive definite", "n n", "invertible positive definite symmetric"),
        ("X: m x n orthogonal", "m n", "orthogonal"),
        ("X: m x n positive", "m n", "positive"),
        ("X: n probability", "n 1", "positive probability"),
    ],
)
def test_a_declaration_says_shape_and_flags(where, shape, flags):
    X = parse("1", where=where).symbols["X"]
    assert (" ".join(map(str, X.shape)), " ".join(sorted(X.flags))) == (shape, flags)


def test_names_may_share_a_declaration():
    found = parse("A*B", where="A, B: n x n symmetric; σ: scalar; \\Sigma: n x n").symbols
    assert list(found) == ["A", "B", "sigma", "Sigma"]
    assert found["A"].flags == found["B"].flags == {"symmetric"}


@pytest.mark.parametrize("range_", ["1..N", "1...N", "1…N", "1:N", "1, ..., N", "1 .. N"])
def test_an_index_has_a_range(range_):
    found = parse("sum_i y_i", where=f"i: {range_}; y_i: scalar")
    assert form(found.term) == "sum_over(y_i, index=i, count=N)"
    assert found.symbols["y_i"].sample == "i"


def test_a_sample_has_the_shape_of_its_name():
    found = parse("sum_i x_i'*w", where="x, w: n; i: 1..N")
    assert str(found.symbols["x_i"].shape) == "(n, 1)" and found.symbols["x_i"].sample == "i"
    assert found.symbols["x"].sample == ""


def test_a_name_with_an_index_that_is_not_declared_is_a_name():
    assert parse("x_i'*x_i", where="x_i: n").symbols["x_i"].sample == ""


# -- Variables, abbreviations, answers --------------------------------------------------------------


def test_variables_are_found_in_the_spelling_read():
    found = parse("σ*x'*W_1*x", ["σ", "W_{1}", "x"], "σ: scalar; x: n; W_1: n x n")
    assert [x.name for x in found.wrt] == ["sigma", "W_1", "x"]
    assert all(x is found.symbols[x.name] for x in found.wrt)
    assert parse("x'*x", "x").wrt[0].name == "x" and parse("x'*x").wrt == []


@pytest.mark.parametrize(
    ("wrt", "message"),
    [
        ("Y", "The variable Y does not occur; the names are X, w."),
        ("n", "The variable n is the letter of a size; the names are X, w."),
        ("r", "r is an abbreviation, not a variable. Ask for a variable in it."),
        ("x y", "'x y' is not a name, such as X, S_W or sigma."),
        ("", "'' is not a name, such as X, S_W or sigma."),
    ],
)
def test_what_is_no_variable_is_said(wrt, message):
    with pytest.raises(ParseError) as error:
        parse("r = X*w; r'*r", wrt, "X: m x n; w: n")
    assert str(error.value).split("\n")[0] == message


def test_an_abbreviation_is_one_object():
    found = parse("r = y - X*w; s = r'*r; s^2 + s", "w")
    (r_name, r), (s_name, s) = found.definitions
    assert (r_name, s_name) == ("r", "s")
    squared, other = found.term.operands
    assert squared.operands[0] is other is s
    assert s.operands[0].operands[1] is r


def test_a_name_is_one_symbol():
    found = parse("x'*A*x + n*x'*x", where="x: n; A: n x n")
    names = {}
    assert all(names.setdefault(x.name, x) is x for x in leaves(found.term))
    assert set(names) == {"x", "A", "n"} and names["A"] is found.symbols["A"]


def test_the_letter_of_a_size_is_one_symbol_that_knows_its_size():
    found = parse("n*layernorm(x, 1)'*x/n", where="x: n")
    letters = {id(x): x for x in leaves(found.term) if x.name == "n"}
    [n] = letters.values()
    assert n.length is found.sizes["n"] and n.flags == {"integer", "positive", "size"}
    assert evaluate(parse("n*sum(x)", where="x: n").term, {"x": np.ones((3, 1))}) == 9


def leaves(x):
    if type(x) is Symbol:
        yield x
    for operand in x.operands:
        yield from leaves(operand)


@pytest.mark.parametrize(
    ("answer", "plainer"),
    [
        ("A*X + A'*X", None),
        ("∇f = A*X", "A*X"),
        ("\\nabla f = A*X", "A*X"),
        ("∇_X f(X) = A*X", "A*X"),
        ("\\nabla_X f(X) = A*X", "A*X"),
        ("grad f = A*X", "A*X"),
        ("gradient = A*X", "A*X"),
        ("df = tr(H'*A*X)", "tr(H'*A*X)"),
        ("df/dX = A*X", "A*X"),
        ("∂f/∂X = A*X", "A*X"),
        ("\\frac{\\partial f}{\\partial X} = A X", "A*X"),
        ("f'(X) = A*X", "A*X"),
        ("Df[H] = tr(H'*A*X)", "tr(H'*A*X)"),
        ("G = A*X", "A*X"),
        ("2AX", "2*A*X"),
        ("dX", "H"),
        ("ΔX", "H"),
        ("\\Delta X", "H"),
        ("\\mathrm{d}X", "H"),
        ("h", "H"),
        ("dX'AX + X^T A dX", "H'*A*X + X'*A*H"),
        ("r = A*X; r + A'*X", "A*X + A'*X"),
        ("X.T @ H", "X'*H"),
        ("eye(m)*X", "X"),
        ("tril(A, k=-1)*X", None),
    ],
)
def test_an_answer_is_read_with_the_same_names(answer, plainer):
    parsed = parse("tr(X'*A*X)", "X", "X: m x n; A: m x m")
    H = Symbol("H", shape=parsed.wrt[0].shape)
    assert form(parse_answer(answer, parsed, {"X": H})) == form(
        parse_answer(plainer or answer.removeprefix("∇f ="), parsed, {"X": H})
    )
    assert "H" not in parsed.symbols and parsed.notes == []


def test_an_answer_knows_the_abbreviations_and_the_sizes():
    parsed = parse("r = y - X*w; r'*r", "w")
    answer = parse_answer("-2*X'*r", parsed, {})
    assert form(answer) == "negative(multiply(2, matmul(transpose(X), subtract(y, matmul(X, w)))))"
    assert form(parse_answer("ones(n)", parsed, {})) == "ones[n, 1]"
    with pytest.raises(ParseError, match="shapes"):
        parse_answer("w + y", parsed, {})
    with pytest.raises(ParseError, match="The name Z is not declared"):
        parse_answer("Z", parsed, {})


def test_a_name_of_the_expression_is_no_direction():
    parsed = parse("tr(X*H)", "X", "X: m x n; H: n x m")
    answer = parse_answer("H'", parsed, {"X": Symbol("K", shape=("m", "n"))})
    assert form(answer) == "transpose(H)"


def test_two_directions_have_their_own_names():
    parsed = parse("tr(X*Y)", ["X", "Y"], "X: m x n; Y: n x m")
    both = {"X": Symbol("H", shape=("m", "n")), "Y": Symbol("K", shape=("n", "m"))}
    assert form(parse_answer("tr(dX*Y) + tr(X*dY)", parsed, both)) == form(
        parse_answer("tr(H*Y) + tr(X*K)", parsed, both)
    )


# -- The words --------------------------------------------------------------------------------------


def test_every_entry_that_readers_may_use_is_a_word():
    entries = {
        name
        for name, operation in TABLE.items()
        if operation.rule.group != HELPERS
        and len(operation.rule.outputs) == 1
        and not operation.rule.inner
    }
    assert len(entries) > 70 and entries <= set(FUNCTIONS)
    assert all(builder(word) is FUNCTIONS[word] for word in FUNCTIONS)
    assert builder("svd") is None and builder("qr") is None


@pytest.mark.parametrize(
    "name",
    [name for name, o in TABLE.items()
     if o.rule.shape is Rule.shape and o.rule.inputs == ("X",) and not o.rule.inner],
)  # fmt: skip
def test_every_elementwise_function_may_be_called(name):
    assert read(f"{name}(X)") == f"{name}(X)"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"A \ x", "inv(A)*x"),
        (r"A\x", "inv(A)*x"),
        (r"x^{\top}\ A\ x", "x'*A*x"),  # LaTeX's space
        ("norm(x, 1)", "sum(abs(x))"),
        ("norm(X, 2)", "normspec(X)"),
        ("norm(X, 'fro')", "norm2(X)"),
        ('norm(X, "nuc")', "normnuc(X)"),
        ("np.linalg.norm(X, ord='nuc')", "normnuc(X)"),
        ("max(0, X)", "relu(X)"),
        ("max(X, 0)", "relu(X)"),
        ("max(X, 2*X)", "maximum(X, 2*X)"),
        ("max(x)", "max(x)"),
        ("kron(I_m, x)", "kron(eye(m), x)"),
        ("2I_m - A", "2*eye(m) - A"),
        ("X^+ x", "pinv(X)*x"),
        ("x[m]", "x[m]"),
        ("asin(x)", "arcsin(x)"),
    ],
)
def test_other_spellings_are_read(text, read):
    assert str(parse(text, where="X: m x n; A: m x m; x: m").term) == read


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        (r"x^{T}\ A\ x", "x: m; A: m x m", "is LaTeX's space, or divides"),
        ("x'x/2s", "x: m; s: scalar", "Write parentheses"),
        ("1/2σ² ||x||²", "x: m; σ: scalar", "Write parentheses"),
        ("log|A|^2", "A: m x m", "Write log"),
        ("1e-400*t", "t: scalar", "too small"),
        ("tr(Aᵏ)", "A: m x m; k: integer", "raised letter"),
        ("tr(A²ᵏ)", "A: m x m; k: integer", "raised letters"),
        ("x'*A*x", "x: m; A: matrix", "A is declared as matrix, without its size"),
        ("x'*A*x", "x: vector; A: m x m", "x is declared as vector, without its size"),
        ("x'*A*x", "x: m; A:", "A is declared as nothing, without its size"),
        ("x'*A*x", "x: m; A: square", "'square' is no size"),
        ("sin^2(t)", "t: scalar", r"sin\(x\)\^2"),
        ("σ(x)", "x: m", "sigmoid"),
        ("rank(A)", "A: m x m", "rank of a matrix is constant"),
        ("e^t", "t: scalar", r"exp\(t\)"),
        ("sum(A, 1)", "A: m x m", "colsum"),
        ("norm(A, 3)", "A: m x m", "says which"),
        ("x[m+1]", "x: m", "beyond the shape"),
        ("x'*A*x/x'*x", "A: m x m; x: m", "below the line has parentheses"),
        ("X.T*X", "X: m x n", "@ is the product of matrices"),
        ("X(1,2)", "X: m x n", r"Write X\[1,2\] for the entry"),
        ("sum(X>0)", "X: m x n", "A comparison has parentheses"),
        ("x'x/(||x|| ||x||)", "x: m", "Write \\* before it"),
        ("tr(A*X)", "X: m x n, A: n x m", "separated by semicolons"),
    ],
)
def test_what_could_be_read_otherwise_is_asked(text, where, reason):
    with pytest.raises(ParseError, match=reason):
        parse(text, where=where)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("getitem(X)", "does not follow from its arguments"),
        ("where(X, X)", "There is no function where"),
        ("take(X)", "needs a value for indices"),
        ("cumsum(X)", "needs a value for axis"),
        ("broadcast_to(X)", "needs a value for shape"),
        ("einsum(X, X)", "needs a value for subscripts"),
        ("imag(X)", "There is no function imag"),
        ("lowered(X)", "There is no function lowered"),
        ("scatter(X)", "There is no function scatter"),
        ("stack(X, X)", "3 axes"),
        ("concatenate(X, A)", "equally long"),
        ("add(x, X)", "needs equal shapes"),
        ("ln(t, t)", "takes one argument"),
        ("softmax(t)", "a number is given"),
        ("logsumexp(t)", "a number is given"),
        ("outer(t, x)", "two vectors"),
        ("unvech(x)", "triangle"),
        ("unvech(X)", "A vector is needed"),
        ("matrix_power(A, x)", "The exponent is a number"),
        ("sylvester(A, A, x)", "do not multiply"),
        ("block_sum(X, A)", "no array of blocks"),
    ],
)
def test_operations_on_arrays_are_refused_where_a_text_cannot_say_all(text, reason):
    with pytest.raises(ParseError, match=reason):
        parse(text, where="X: m x n; A: m x m; x: m; t: scalar")


@pytest.mark.parametrize("name", "inv det logdet pinv sqrtm expm logm sinm cosm cholesky".split())
def test_every_function_of_a_matrix_may_be_called(name):
    assert read(f"{name}(P)") == f"{name}(P)"


def test_an_operation_that_a_reader_entered_is_a_word():
    @rule(value=lambda X: X**3)
    def cube_of_a_reader(Y, X, dX):
        return 3 * X * X * dX

    pairing = multilinear(
        "pairing_of_a_reader",
        "A B",
        value=lambda A, B: np.sum(A * B),
        shape=lambda a, b: (),
        transposes=(lambda G, A, B: G * B, lambda G, A, B: G * A),
    )
    try:
        assert read("1 - cube_of_a_reader(X)") == "subtract(1, cube_of_a_reader(X))"
        assert read("pairing_of_a_reader(X, Y)") == "pairing_of_a_reader(X, Y)"
        with pytest.raises(ParseError, match="takes one argument, and 2 are given"):
            parse("cube_of_a_reader(X, X)", where=WHERE)
    finally:
        del TABLE["cube_of_a_reader"], TABLE[pairing.name]
    with pytest.raises(ParseError, match="There is no function cube_of_a_reader"):
        parse("cube_of_a_reader(X)", where=WHERE)


def test_a_declared_name_comes_before_a_word():
    assert read("det*x", "det: n x n; x: n") == "matmul(det, x)"
    assert read("I*x", "I: n x n; x: n") == "matmul(I, x)"
    assert read("X^T", "X: n x n; T: scalar") == "real_power(X, T)"


@pytest.mark.parametrize(
    ("name", "read"),
    [("σ", "sigma"), ("\\sigma", "sigma"), ("Σ", "Sigma"), ("W_{1}", "W_1"), ("W₁", "W_1"), ("ϕ", "phi"),
     ("\\varphi", "phi"), ("S_W", "S_W"), ("\\hat{y}", "y_hat"), ("\\lambda_{\\max}", "lambda_max"),
     ("x_σ", "x_sigma"), ("𝛌", "lambda")],
)  # fmt: skip
def test_a_name_has_one_spelling(name, read):
    assert spelling(name) == read


# -- Limits -----------------------------------------------------------------------------------------

_LEVELS = "The expression has more than 100 levels, which is the limit"
_LONG = "characters; at most 4000 are read."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t" * 10_000, _LONG),
        ("t+" * LENGTH, _LONG),
        ("(" * 101 + "t" + ")" * 101, _LEVELS),
        ("-" * 101 + "t", _LEVELS),
        ("t" + "'" * 101, _LEVELS),
        ("+".join("t" * 102), _LEVELS),
        ("*".join("B" * 102), _LEVELS),
        ("[" * 300, _LEVELS),
        ("exp(" * 200, _LEVELS),
        ("|" * 300, _LEVELS),
        ("2^" * 200 + "2", _LEVELS),
        ("{" * 300, _LEVELS),
        ("\\frac{" * 200, _LEVELS),
        ("<" * 300, _LEVELS),
        ("sum_i " * 200, "A sum over i stands in a sum over i."),
        ("r0 = B*B; " + "".join(f"r{j} = r{j - 1}*r{j - 1}; " for j in range(1, 40)) + "tr(r39)",
         "The expression has more than 5000 operations"),
        ("1" * 400, "This number is too large"),
    ],
    ids=range(17),
)  # fmt: skip
def test_what_is_too_long_or_deep_is_refused(text, message):
    with pytest.raises(ParseError) as error:
        parse(text, where=WHERE)
    assert message in str(error.value) and len(str(error.value)) < 400


@pytest.mark.parametrize(
    "text",
    ["(" * 99 + "t" + ")" * 99, "+".join("t" * 99), "*".join("B" * 99), "-" * 98 + "t",
     "((" + "*".join("B" * 90) + ")')'"],
    ids=range(5),
)  # fmt: skip
def test_what_is_within_the_limits_is_read(text):
    assert str(parse(text, where=WHERE).term.shape) in ("()", "(n, n)")


def test_a_deep_text_in_a_deep_program_is_refused_too():
    def below(n):
        return below(n - 1) if n else parse("(" * 99 + "t" + ")" * 99, where=WHERE)

    with pytest.raises(ParseError, match="too many levels"):
        below(sys.getrecursionlimit() - 300)


# -- Anything ---------------------------------------------------------------------------------------

PIECES = (
    "X A B x w t k 2 1 0 0.5 + - * / ^ ' .* ./ .^ ( ) [ ] { } , ; : | || < > = _ @ .T np. np.sum ** tr( det( "
    "inv( norm2( diag( kron( vec( eye(n) ones(n) I ones zeros sum_i x_i sum( exp( log( \\frac \\left( \\right) "
    "\\top \\mathbf{ \\Sigma ⊗ ⊙ ᵀ ² ⁻¹ σ ∑ ‖ . e 1e5 ^T ^{-1} [1,2] [1,:] \\\\ \\ & $ Δ ∇ f( softmax( "
    "layernorm( matrix_power( reshape( getitem( concatenate( where( take( × \uffff 𝐱 \x00 \n ½ ∞ é axis=0 "
    "keepdims=True shape=3 X[1:2, (X>0) det |A| __import__('os') lambda: \\foo \\rm"
).split(" ")
SETTINGS = [WHERE, "", "X: 2 x 3; A: 3 x 3; B: 2 x 2; x: 3; w: 3; t: scalar; i: 1..4"]


def drawn(rng, depth):
    """A text that keeps to the grammar, so that most of them reach shapes and terms."""
    if depth == 0:
        return rng.choice(
            "X A B x w t k z 2 0 0.5 I ones zeros eye(n) ones(n) x_i 1 X[1,2] X[1,:] -1 pi".split()
        )
    inside = lambda: drawn(rng, depth - 1)  # noqa: E731
    return rng.choice(
        [
            lambda: (
                f"{inside()}{rng.choice(['+', '-', '*', '*', ':', '.*', './', '⊗', '/', ' ', '@'])}{inside()}"
            ),
            lambda: f"({inside()}){rng.choice(list(_POWERS))}",
            lambda: (
                f"{rng.choice(_WORDS)}({', '.join(inside() for _ in range(rng.choice([1, 1, 1, 2, 3])))})"
            ),
            lambda: (
                f"{rng.choice(_WORDS)}({inside()}, {rng.choice(['axis=0', 'k=1', 'axis=9', 'shape=3'])})"
            ),
            lambda: f"||{inside()}||{rng.choice(['', '_2', '_F', '_*', '_1', '_B', '_A^2'])}",
            lambda: f"[{inside()}, {inside()}; {inside()}, {inside()}]",
            lambda: f"<{inside()}, {inside()}>",
            lambda: f"|{inside()}|",
            lambda: f"sum_i ({inside()})",
            lambda: f"({inside()} > {inside()})",
        ]
    )()


_POWERS = ("'", "^2", "^-1", "^(1/2)", "^0.3", "^t", "^k", "^(k-1)", "^{-T}", "^T", ".^2")
_WORDS = sorted({*FUNCTIONS, *TABLE})


def outcomes(texts):
    read = 0
    for text in texts:
        for where in SETTINGS:
            try:
                parse(text, where=where)
            except ParseError as error:
                assert str(error).count("\n") == 2, text
            else:
                read += 1
    return read


def test_random_text_raises_nothing_but_the_documented_error():
    rng = random.Random(1)
    texts = (
        "".join(rng.choice(PIECES) + rng.choice(["", "", " "]) for _ in range(rng.randint(1, 12)))
        for _ in range(1500)
    )
    assert outcomes(texts) > 50


def test_random_expressions_raise_nothing_but_the_documented_error():
    rng = random.Random(2)
    assert outcomes(drawn(rng, rng.randint(1, 3)) for _ in range(1500)) > 500


def test_random_declarations_raise_nothing_but_the_documented_error():
    rng = random.Random(3)
    pieces = 'X: |x: |n|m|:|;|; |; |,|*|+|-|3|0|1..|i: 1..N|scalar|symmetric|m x n|n x n| x |"|σ: |×|by|\n|=|(|)|_|\\|y_i: '.split(
        "|"
    )
    read = 0
    for _ in range(1500):
        where = "".join(
            rng.choice(pieces) + rng.choice(["", " "]) for _ in range(rng.randint(1, 7))
        )
        try:
            parse("1", where=where)
            read += 1
        except ParseError as error:
            assert error.text == where
    assert read > 30


@pytest.mark.parametrize("given", [None, 3, lambda X: X])
def test_what_is_no_text_is_refused(given):
    with pytest.raises(ParseError, match="is a text, and a .* is given"):
        parse(given)


# -- What is written can be read --------------------------------------------------------------------


@pytest.mark.parametrize("text", [text for text, _ in BASE])
def test_a_printed_term_is_read_as_the_same_term(text):
    term = parse(text, where=WHERE).term
    assert read(str(term)) == form(term)


# -- Undeclared letters ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "first"),
    [
        ("n/2*log(det(S)) - tr(S)", "S", "n is read as a column, and tr(S) is a number."),
        ("m*log(det(S)) - tr(S)", "S", "m is read as a column, and tr(S) is a number."),
        ("k*x'*x", "x", "k is read as a column, and so the value is one."),
        ("x'*x*k", "x", "k is read as a column, and so the value is one."),
        ("l*tr(X)", "X", "l is read as a column, and so the value is one."),
        ("exp(k*x'*x)", "x", "k is read as a column, and so the value is one."),
        ("r = k*x'*x; r/2", "x", "k is read as a column, and so the value is one."),
        ("y'*inv(K + s*I)*y + logdet(K + s*I)", "K", "s is read as a column, and K is a matrix."),
        (
            "0.5*(logdet(V)-logdet(S)-n+tr(S*inv(V)))",
            "V",
            "n is read as a column, and logdet(V)-logdet(S) is a number.",
        ),
        ("tr(k*A*X)", "X", "k is read as a column, and A is a matrix."),
        ("tr(X)/n", "X", "n is read as a column."),
        ("tr(X^n)", "X", "n is read as a column."),
        ("y'*y/n", "y", "n is read as a column."),
    ],
)
def test_a_letter_that_may_be_a_number_is_asked_for_first(text, wrt, first):
    """What only the default of a letter makes a column is refused; the number comes first."""
    letter = first[0]
    with pytest.raises(ParseError) as refused:
        parse(text, wrt)
    said = str(refused.value)
    remedy = f" If {letter} is a number, declare {letter}: scalar."
    assert said.startswith(first + remedy)
    assert parse(text, wrt, f"{letter}: scalar").term.shape == ()


def test_what_gets_ones_stands_in_parentheses():
    with pytest.raises(ParseError) as refused:
        parse("logdet(V)-logdet(S)-n", "V")
    written = str(refused.value).split("\n")[0].partition("write ")[2].removesuffix(".")
    assert parse(written, "V", where="V: p x p; S: p x p; n: q").term.shape[1] == 1
    assert "(logdet(V)-logdet(S))*ones - n" in written


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("x - mean(x)*ones", "x"),  # the variable
        ("exp(x)*tr(A)", "x"),
        ("x/norm2(x)", "x"),
        ("1 - sigmoid(x)", "x"),
        ("tr(X)*y + y*(y'*y)", "X"),  # y stands where no number would do
        ("X*w + y", "X"),
        ("sum(log(1 + exp(-y .* (X*w))))", "w"),
    ],
)
def test_a_column_that_is_one_is_read(text, wrt):
    assert parse(text, wrt).wrt


def test_a_letter_is_what_it_is_declared():
    assert parse("k*x'*x", "x", "k: m").term.shape[1] == 1
    assert parse("n/2*log(det(S)) - tr(S)", "S", "n: m").notes


@pytest.mark.parametrize(
    ("text", "wrt", "where", "declared"),
    [
        (
            "tr((I-K*C)*P*(I-K*C)' + K*R*K')",
            "K",
            "P: n x n symmetric",
            "P: n x n symmetric; K: n x m; C: m x n; R: m x m",
        ),
        ("tr(P*X*X')", "X", "P symmetric", "P: m x m symmetric; X: m x n"),
        ("tr(P*X*X')", "X", "P: symmetric; X: q x n", "X: q x n; P: q x q symmetric"),
        ("norm2(A*x-b)^2", "x", "b: m", "b: m; A: m x n; x: n"),
        ("sum(sigmoid(X*w+b))", "w", "b: m", "b: m; X: m x n; w: n"),
        ("lambda*x'*x", "x", "lambda: scalar", "lambda: scalar; x: m"),
    ],
)
def test_what_is_not_declared_is_solved_for(text, wrt, where, declared):
    found = parse(text, wrt, where)
    assert found.where == declared
    assert str(parse(text, wrt, found.where).term) == str(found.term)


def test_a_name_beside_one_that_does_not_occur_may_be_a_slip():
    with pytest.raises(ParseError, match="The name Y is not declared; declared are X, A"):
        parse("tr(A*Y)", "Y", "X: m x n; A: n x m")


@pytest.mark.parametrize("name", ["lambda", "lam", "eps", "beta", "sigma", "tau"])
def test_a_short_name_asks_for_a_number_first(name):
    with pytest.raises(ParseError, match=f"Declare it in where: `{name}: scalar` for a number"):
        parse(f"{name}*x'*x", "x")
    assert parse(f"{name}*x'*x", "x", f"{name}: scalar").term.shape == ()


# -- Columns or rows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sum(softmax(Q*K')*V)", "rowsoftmax(Q*K')"),
        ("sum(logsumexp(V))", "logsumexp(V')'"),
        ("sum(layernorm(Q*V, 1e-5).^2)", "layernorm((Q*V)', 1e-5)'"),
    ],
)
def test_what_goes_by_columns_says_so(text, rows):
    """And what it names for the rows is right: softmax of each row is that of the transpose's."""
    [note] = parse(text, "V").notes
    assert note.endswith(f"of each column; of each row: {rows}")
    assert parse(rows, "V" if "V" in rows else "Q").term.ndim == 2


@pytest.mark.parametrize(
    "text", ["sum(softmax(x).^2)", "sum(colsum(X).^2)", "sum(rowsoftmax(X).^2)", "logsumexp(x)"]
)
def test_a_vector_or_a_word_that_says_it_has_no_note(text):
    assert not parse(text, "x" if "x" in text.replace("max", "").replace("exp", "") else "X").notes


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("sum(softmax(Z, axis=1) .* A)", "sum(rowsoftmax(Z) .* A)"),
        ("sum(softmax(Z, axis=-1) .* A)", "sum(rowsoftmax(Z) .* A)"),
        ("sum(softmax(Z, axis=0) .* A)", "sum(softmax(Z) .* A)"),
        ("np.sum(softmax(Z, axis=-1) * A)", "sum(rowsoftmax(Z) .* A)"),
        ("z'*softmax(z, axis=-1)", "z'*softmax(z)"),
    ],
)
def test_an_axis_says_which(text, read):
    assert str(parse(text).term) == read


def test_an_axis_that_leaves_open_whether_a_row_is_meant_is_refused():
    with pytest.raises(ParseError, match="logsumexp\\(Z'\\)' of each row"):
        parse("sum(logsumexp(Z, axis=1))", "Z")


def test_a_size_that_is_solved_for_has_its_letter_in_a_quotient():
    assert "?" not in str(parse("sum(layernorm(X, s).^2)", "X", "s: scalar").term)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1/2 ||A - U*V||^2", "(1/2)*norm2(A - U*V)^2"),
        ("2 ||x||^2 + 3||y||", "2*norm2(x)^2 + 3*norm2(y)"),
        ("0.5 ‖x‖^2", "0.5*norm2(x)^2"),
    ],
)
def test_a_number_before_a_norm_is_its_factor(text, read):
    x = "U" if "U" in text else "x"
    assert str(derive(text, x).value) == str(derive(read, x).value)


@pytest.mark.parametrize("text", ["||x||2||y||||", "x ||y||", "||x|| 2||", "|2 ||x|||"])
def test_bars_that_may_close_are_not_read_as_opening(text):
    with pytest.raises(ParseError):
        parse(text, "x")


def test_a_shared_bias_is_not_the_first_thing_that_is_offered():
    with pytest.raises(ParseError) as refused:
        parse("sum(relu(W*x+b))", "W")
    said = str(refused.value).split("\n")[0]
    assert said.startswith(
        "b is read as a number, and W*x is a column. If b is a column, declare b: m."
    )
    assert str(parse("sum(relu(W*x+b))", "W", "b: m").term) == "sum(relu(W*x + b))"
