r"""Problems to practise on: a function of a matrix, a question, hints, the derivation, and traps.

>>> from lecturelib.symbols.problem import problem
>>> p = problem("linear traces", 1, seed=4)
>>> p
problem('linear traces', 1, 4): the gradient of 2*sum(Z .* A) in Z
>>> p.derivation.gradient
2*A

The templates say what is asked; letters, transposes and alternatives are drawn. The same seed gives
the same problem everywhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count, product
from operator import itemgetter
from typing import Any, NamedTuple

from ..table import TABLE
from ..table.shapes import same, same_shape
from .check import distance, drawn, entries, paired, shape_of
from .derive import Derivation, derive
from .draw import direction
from .exact import NoValue, value
from .terms import Application, Expression, Number, Symbol, is_number
from .tidy import cost, summands, tidy

#: The most operations that the function of a problem has.
OPERATIONS = 12

#: How many traps a problem has at most, and by how much their values must miss the truth.
TRAPS, APART = 4, 1e-5

#: How often a template is drawn, until the problem is fit.
ATTEMPTS = 20

#: A kind a paragraph, a template a line that begins with its difficulty; ``{a|b}`` is one of a and
#: b. The first declared name that occurs is the variable; the names in `LETTERS` are drawn, X and x
#: only where they are the variable.
TEMPLATES = r"""
linear traces
1 {|2*|3*}tr({A*X|X*A}) where X: m x n; A: n x m
1 {|2*|-}tr({X'*A|A*X'|A'*X}) where X: m x n; A: m x n
1 {a'*X*b|b'*X'*a|tr(X*b*a')} where X: m x n; a: m; b: n
1 {|2*}sum({A.*X|X.*A}) where X: m x n; A: m x n
2 tr({A*X*B|B*A*X|X*B*A}) where X: m x n; A: p x m; B: n x p
2 tr(A*({X+C|X-C|C-X|X+2*C})*B) where X: m x n; A: p x m; B: n x p; C: m x n
2 {tr(A*X)|-tr(X*A)} {+|-} a'*X*b where X: m x n; A: n x m; a: m; b: n
2 sum(A.*({B*X|B*X+C|C-B*X})) where X: m x n; A: p x n; B: p x m; C: p x n
3 tr(A*X*B) {+|-} {|2*}tr({C*X'|X'*C}) where X: m x n; A: p x m; B: n x p; C: m x n
3 tr(A*(B*X {+|-} C)*D) {+|-} a'*X*b where X: m x n; A: q x p; B: p x m; C: p x n; D: n x q; a: m; b: n
3 tr((A*X*B {+|-} C)'*D) where X: m x n; A: p x m; B: n x q; C: p x q; D: p x q
3 {2|3}*tr(A*X*B) {+|-} sum(C.*X) where X: m x n; A: p x m; B: n x p; C: m x n

quadratic forms
1 {x'*A*x|-x'*A*x|3*x'*A*x} where x: n; A: n x n
1 {x'*x|2*x'*x} {+|-} b'*x where x: n; b: n
1 {a'*X*X'*b|a'*X'*X*b} where X: n x n; a: n; b: n
1 tr({X'*X|X*X'|X'*A*X|X*X'*A}) where X: m x n; A: m x m
2 (x {-|+} b)'*A*(x {-|+} b) where x: n; b: n; A: n x n {|symmetric}
2 {x'*A*x|-x'*A*x|x'*A*x/2} {+|-} {b'*x|2*b'*x} where x: n; A: n x n; b: n
2 tr({X'*A*X*B|A*X*B*X'}) where X: m x n; A: m x m; B: n x n
2 tr({A*X*B*X|X*A*X*B}) where X: m x n; A: n x m; B: n x m
2 a'*X'*{X*b|A*X*b} where X: m x n; A: m x m; a: n; b: n
3 (A*x {+|-} a)'*C*(B*x {+|-} b) where x: n; A: m x n; a: m; C: m x p; B: p x n; b: p
3 (x'*A*x){*(b'*x)|*(x'*B*x)|^2|/(x'*x)} where x: n; A: n x n; B: n x n; b: n
3 tr(A*X*B*X'*C) {+|-} {tr(D*X)|2*tr(D*X)} where X: m x n; A: p x m; B: n x n; C: m x p; D: n x m
3 {tr(X'*A*X)^2|tr(X'*A*X)*tr(B*X)|tr(X'*A*X)/tr(B*X)} where X: m x n; A: m x m; B: n x m
3 tr((X {-|+} C)'*A*(X {-|+} C)*B) where X: m x n; C: m x n; A: m x m; B: n x n

least squares
1 {norm2(A*x-b)^2|norm2(b-A*x)^2} where x: n; A: m x n; b: m
1 (X*w-y)'*(X*w-y){|/2} where w: n; X: m x n; y: m
1 norm2({A*X-B|B-A*X})^2{|/2} where X: n x p; A: m x n; B: m x p
1 norm2({X*A-B|B-X*A})^2 where X: p x m; A: m x n; B: p x n
2 {norm2(X*w-y)^2|norm2(y-X*w)^2/2} + l*{norm2(w)^2|w'*w} where w: n; X: m x n; y: m; l: scalar positive
2 {(X*w-y)'*S*(X*w-y)|(y-X*w)'*S*(y-X*w)} where w: n; X: m x n; y: m; S: m x m symmetric
2 norm2({A*X*B-C|C-A*X*B})^2 where X: m x n; A: p x m; B: n x q; C: p x q
2 norm2({A*x-b|b-A*x})^2 where A: m x n; x: n; b: m
2 {norm2(A*x-b)^2 + norm2(B*x)^2|norm2(A*x-b)^2 + norm2(x-c)^2} where x: n; A: m x n; b: m; B: p x n; c: n
3 norm2(M - U*V')^2 + l*norm2({U|V})^2 where {U: m x p; V: n x p|V: n x p; U: m x p}; M: m x n; l: scalar positive
3 norm2(A.*(M - U*V'))^2{|/2} where {U: m x p; V: n x p|V: n x p; U: m x p}; M: m x n; A: m x n
3 sum_i {(y_i - x_i'*w)^2 + l*w'*w|c_i*(y_i - x_i'*w)^2} where w: n; x_i: n; y_i: scalar; c_i: scalar; l: scalar positive; i: 1..N
3 tr((Y - X*W)'*S*(Y - X*W)) where W: n x p; X: m x n; Y: m x p; S: m x m {symmetric|}
3 norm2(y - X*w)^2 + {l*(w-c)'*B*(w-c)|l*w'*B*w/2} where w: n; X: m x n; y: m; c: n; B: n x n symmetric; l: scalar positive
3 norm2(X - X*W*W')^2{|/2} where W: n x p; X: m x n

inverses
1 {|-|2*}tr({A*inv(X)|inv(X)*A}) where X: n x n invertible; A: n x n
1 {a'*inv(X)*b|-a'*inv(X)*b|a'*inv(X)*a} where X: n x n invertible; a: n; b: n
1 {inv(X)*a|inv(X)*A|A*inv(X)} where X: n x n invertible; A: n x n; a: n
2 tr({A*inv(X)*B|A*inv(X')*B}) where X: n x n invertible; A: m x n; B: n x m
2 {tr(A*inv(X+B))|a'*inv(X+B)*b|a'*inv(B-X)*b|tr(A*inv(B*X))} where X: n x n; A: n x n; B: n x n; a: n; b: n
2 {a'*inv(X)^2*b|a'*inv(X)'*inv(X)*b|norm2(inv(X)*a)^2|tr(A*inv(X)^2)} where X: n x n invertible; A: n x n; a: n; b: n
2 {inv(X+A)|X*A*inv(X)|A*inv(X)*B|inv(X)*A*inv(X)} where X: n x n invertible; A: n x n; B: n x n
3 {tr(inv(X'*X)*A)|a'*inv(X'*X)*a|tr(A*inv(X'*B*X))} where X: m x n; A: n x n; B: m x m positive definite; a: n
3 {a'*inv(B+X*X')*b|tr(A*inv(B+X*X'))|a'*inv(B+X*C*X')*a} where X: m x n; A: m x m; B: m x m positive definite; C: n x n positive definite; a: m; b: m
3 {tr(A*inv(B+t*C))|a'*inv(B+t*C)*b|inv(B+t*C)*b} where t: scalar positive; A: n x n; B: n x n positive definite; C: n x n positive definite; a: n; b: n
3 {inv(X'*X)*X'*y|X*inv(X'*X)|X*inv(X'*X)*X'} where X: m x n; y: m
3 {norm2(A*inv(X)-B)^2|norm2(inv(X)*A-B)^2|(a'*inv(X)*b)^2|tr(inv(X)*A*inv(X)*B)} where X: n x n invertible; A: n x n; B: n x n; a: n; b: n

determinants
1 {|2*|-}{logdet(X)|det(X)|log(det(X))|det(inv(X))|det(X)^2} where X: n x n invertible
1 {logdet|det}({A*X|X*A|2*X}) where X: n x n invertible; A: n x n invertible
1 {|2*|-}{logdet|det}(X{+|-}A) where X: n x n; A: n x n
2 {logdet|det}(X'*X){|/2} where X: m x n
2 {logdet|det}({A+X*B|A-X*B|A+B'*X'}) where X: m x n; A: m x m; B: n x m
2 {logdet(X) + tr(A*X)|logdet(X) - tr(A*inv(X))|det(X)*tr(A*X)|tr(A*X)/det(X)} where X: n x n invertible; A: n x n
2 det({A*X*B|B'*X'*A'}){|^2} where X: m x n; A: p x m; B: n x p
3 {logdet|det}({X'*A*X|A+X*X'|A+X*B*X'}) where X: m x m; A: m x m positive definite; B: m x m positive definite
3 {logdet|det}({B+X'*X|X'*A*X|B+X'*A*X}) where X: m x n; A: m x m positive definite; B: n x n positive definite
3 {logdet(A+t*B)|det(A+t*B)|logdet(A+t*B) + tr(inv(A+t*B)*C)} where t: scalar positive; A: n x n positive definite; B: n x n positive definite; C: n x n
3 logdet({X'*A*X) - tr(B*X'*X|X'*A*X) + norm2(X|X'*X) - tr(C*X}) where X: m x n; A: m x m positive definite; B: n x n; C: n x m
3 {logdet(A+diag(x))|det(A+diag(x))|logdet(A+x*x')|det(A+x*b')} where x: n positive; A: n x n positive definite; b: n

norms
1 {norm2(x-a)|norm2(x+a)|2*norm2(x-a)|norm2(a-x)} where x: n; a: n
1 {norm2(X-A)|norm2(X)|norm2(A+X)|3*norm2(X)} where X: m x n; A: m x n
1 {norm1(x-a)|sum(abs(X-A))|sum(abs(A+X))|norm1(a+2*x)} where x: n; X: m x n; a: n; A: m x n
2 norm2({A*x-b|b+A*x|A*x}) where x: n; A: m x n; b: m
2 norm2({A*X-B|A*X|B-A*X|X*C}) where X: m x n; A: p x m; B: p x n; C: n x m
2 {norm1(A*x-b)|norm1(A*x)+norm2(x)|norm1(b-A*x)} where x: n; A: m x n; b: m
2 {norm2(x-a)^3|norm2(x)^3|1/norm2(x-a)|norm2(x)*(a'*x)} where x: n; a: n
3 {x'*a/norm2(x)|a'*A*x/norm2(x)|norm2(A*x)/norm2(x)|norm2(x-a)/norm2(x+a)} where x: n; A: n x n; a: n
3 {x/norm2(x)|(x-a)/norm2(x-a)|norm2(x)*x|norm2(x-a)*A*x} where x: n; A: n x n; a: n
3 norm2(A*x-b)^2{/2|} + l*{norm1(x)|norm2(x)} where x: n; A: m x n; b: m; l: scalar positive
3 {sum(sqrt(rowsum(X.*X)))|norm2(X)*tr(A*X)|norm2(X)/tr(A*X)|norm2(X-B)*norm2(X)} where X: m x n; A: n x m; B: m x n
3 sqrt({norm2(A*X-B)^2 + l|norm2(X)^2 + norm2(X-C)^2|1 + norm2(A*X)^2}) where X: m x n; A: p x m; B: p x n; C: m x n; l: scalar positive

elementwise
1 sum({exp(X)|sin(X)|X.^3|A.*exp(X)|A.*cos(X)|A.*X.*X}) where X: m x n; A: m x n
1 {a'*log(x)|a'*sqrt(x)|sum(x.*log(x))|sum(a./x)} where x: n positive; a: n
1 {exp(x)|a.*x|x.*x|sin(x)|A*exp(x)|a.*tanh(x)} where x: n; a: n; A: m x n
2 {sum(exp(A*x))|a'*sin(A*x)|sum(cos(A*x-a))|a'*exp(A*x)|sum((A*x).^3)} where x: n; A: m x n; a: m
2 {tr(A*(B.*X))|norm2(B.*X)^2|norm2(B.*X-C)^2|sum(B.*X.*X)} where X: m x n; A: n x m; B: m x n; C: m x n
2 {sum(B.*exp(A*X))|sum(sin(A*X))|tr(B'*cos(A*X))|sum(tanh(A*X))} where X: m x n; A: p x m; B: p x n
2 {A*exp(x)|A*(x.*x)|diag(x)*A'*b|exp(A*x)|b.*sin(A*x)} where x: n; A: m x n; b: m
3 (x.*a)'*A*({x.*a|x.*b}) where x: n; a: n; b: n; A: n x n
3 {sum(B.*sin(A*X+C))|sum(B.*(A*X).^2)|norm2(exp(A*X)-C)^2|norm2(B.*(A*X)-C)^2} where X: m x n; A: p x m; B: p x n; C: p x n
3 {sum(exp(X).*cos(X))|sum(A.*exp(X).*X)|sum(A.*sin(X).^2)|sum(X.*X.*exp(A.*X))} where X: m x n; A: m x n
3 {exp(A*x).*(B*x)|(A*x).*(B*x)|sin(x).*exp(a'*x)|(a'*x)*exp(x)} where x: n; A: n x n; B: n x n; a: n
3 {sum(log(b+(A*x).^2))|sum(x./(b+x))|sum(A*x./b+x.*log(x))|sum(x.*log(x./b))} where x: n positive; A: n x n; b: n positive

softmax and logistic
1 {|2*|3*}{sigmoid(a'*x)|softplus(a'*x)|log(sigmoid(a'*x))|logsumexp(x-a)|a'*softmax(x)} where x: n; a: n
1 {sum(softplus(x))|a'*sigmoid(x)|sum(softplus(a.*x))|logsumexp(x)+a'*x|-sum(log(sigmoid(x)))} where x: n; a: n
1 {sigmoid(x)|softmax(x)|a.*sigmoid(x)|A*softmax(x)|A*sigmoid(x)} where x: n; a: n; A: m x n
2 {-y'*log(softmax(W*x))|logsumexp(W*x)-y'*W*x} where W: m x n; x: n; y: m probability
2 {logsumexp(A*x+b)|logsumexp(A*x)-b'*A*x|b'*softmax(A*x)|sum(softplus(A*x-b))} where x: n; A: m x n; b: m
2 {log(1+exp(a'*x+t))|softplus(t-a'*x)|t*logsumexp(x/t)|sigmoid(a'*x+t)^2} where x: n; a: n; t: scalar positive
2 {softplus(a'*X*b)|sigmoid(a'*X*b)|-log(sigmoid(a'*X*b))|sum(softplus(X*b))} where X: m x n; a: m; b: n
3 sum(softplus({X*w))-y'*X*w|X*w-y))+l*w'*w|-y.*(X*w)))|-y.*(X*w)))+l*w'*w} where w: n; X: m x n; y: m; l: scalar positive
3 {y'*softplus(-X*w)+a'*softplus(X*w)|a'*softplus(-X*w)+l*norm2(w)^2|l*w'*w-y'*log(sigmoid(X*w))} where w: n; X: m x n; y: m; a: m; l: scalar positive
3 -sum(Y.*log(rowsoftmax(X*W))){|/2} where W: n x p; X: m x n; Y: m x p
3 {logsumexp(A*x+b)+l*x'*x|logsumexp(A*x)^2|b'*softmax(A*x)/l|l*logsumexp((A*x+b)/l)} where x: n; A: m x n; b: m; l: scalar positive
3 sum_i {(softplus(x_i'*w)-y_i*x_i'*w)|softplus(-y_i*x_i'*w)|c_i*softplus(x_i'*w)} where w: n; x_i: n; y_i: scalar; c_i: scalar; i: 1..N

networks
1 {a'*tanh(W*x)|a'*sigmoid(W*x)|sum(tanh(W*x))|sum(relu(W*x))|a'*relu(W*x)} where W: m x n; x: n; a: m
1 {tanh|sigmoid|relu}(W*x{|+b}) where {W: m x n; x: n; b: m|x: n; W: m x n; b: m}
1 {a'*tanh(W*x+b)|sum(sigmoid(W*x+b))|a'*softplus(W*x+b)} where b: m; W: m x n; x: n; a: m
2 norm2({tanh|sigmoid|relu}(W*x)-y)^2{|/2} where {W: m x n; x: n|x: n; W: m x n}; y: m
2 norm2({tanh|sigmoid}(W*x+b)-y)^2{|/2} where {W: m x n; b: m|b: m; W: m x n}; x: n; y: m
2 norm2({tanh|sigmoid}(W*X)-Y)^2{|/2} where W: m x n; X: n x N; Y: m x N
2 a'*{tanh|sigmoid|relu}(W*{tanh|relu}(V*x)) where {W: m x p|V: p x n; W: m x p}; V: p x n; x: n; a: m
3 norm2(W*{tanh|sigmoid|relu}(V*x)-y)^2{|/2} where {V: p x n; W: m x p; x: n|x: n; V: p x n; W: m x p}; y: m
3 -y'*log(softmax(W*{tanh|relu}(V*x))) where V: p x n; W: m x p; x: n; y: m probability
3 sum(G.*(rowsoftmax(Q*K'{|/t})*V)) where {V: n x p; Q: m x r; K: n x r|Q: m x r; K: n x r; V: n x p|K: n x r; Q: m x r; V: n x p}; G: m x p; t: scalar positive
3 a'*((V*x).*sigmoid(W*x)) where {V: m x n; W: m x n; x: n|W: m x n; V: m x n; x: n|x: n; V: m x n; W: m x n}; a: m
3 norm2(x+{tanh|sigmoid}(W*x)-y)^2{|/2} where {x: n; W: n x n|W: n x n; x: n}; y: n
3 norm2(M-W*V*X)^2{|/2} where {V: p x m; W: m x p|W: m x p; V: p x m}; X: m x N; M: m x N

matrix functions
1 {|2*|3*|-}tr({expm(X)|X^2|X^3|X^4|sinm(X)|cosm(X)}) where X: n x n
1 {|2*|-}tr({sqrtm(X)|logm(X)|X^(3/2)}) where X: n x n positive definite
1 {X^2|X^3|expm(X)|expm(t*A)} where X: n x n; t: scalar; A: n x n
2 {tr(A*X^2)|tr(X^2*A)|a'*X^2*b|a'*X^3*b|X^2*A} where X: n x n; A: n x n; a: n; b: n
2 {tr((X'*X)^2)|tr((X*X')^2)|tr((X'*X)^3)|tr((A*X)^2)|tr((A*X)^3)} where X: m x n; A: n x m
2 {tr(expm(A*X))|tr(sinm(A*X))|tr(cosm(A*X))|tr(expm(X*A/t))} where X: m x n; A: n x m; t: scalar
2 {tr(X^k)|2*tr(X^k)|tr((A*X)^k)|det(X^k)|logdet(X^k)} where X: n x n invertible; A: n x n; k: integer
3 {tr(A*expm(X))|a'*expm(X)*b|tr(A*expm(X)*B)|a'*expm(2*X)*b} where X: n x n; A: n x n; B: n x n; a: n; b: n
3 {tr(X*logm(X)-X)|tr(X*logm(X)-X*logm(B))|tr(X*logm(X))-tr(A*X)} where X: n x n positive definite; A: n x n; B: n x n positive definite
3 {log(tr(expm(X)))|tr(expm(X))^2|tr(expm(X))*tr(A*X)|tr(expm(X))/tr(X^2)|log(tr(expm(X)))-tr(A*X)} where X: n x n symmetric; A: n x n
3 {tr(expm(t*A))|a'*expm(t*A)*b|tr(B*expm(t*A))|tr(sinm(t*A))+t^2} where t: scalar; A: n x n; B: n x n; a: n; b: n
3 {tr(A*sqrtm(X))|tr(A*logm(X))|tr(sqrtm(X))^2|tr(sqrtm(X))-tr(A*X)} where X: n x n positive definite; A: n x n

symmetric variables
1 {|2*|3*}tr({A*X|X*A}) where X: n x n symmetric; A: n x n
1 {a'*X*b|a'*X*a|2*a'*X*b} where X: n x n symmetric; a: n; b: n
1 {logdet(X)|det(X)|-logdet(X)|2*logdet(X)|tr(inv(X))} where X: n x n positive definite
2 {tr(X*A*X)|tr(A*X^2)|a'*X^2*b|tr(X*A*X*B)|norm2(X-A)^2} where X: n x n symmetric; A: n x n; B: n x n; a: n; b: n
2 {tr(A*inv(X))|a'*inv(X)*b|a'*inv(X)*a|tr(A*inv(X)*B)} where X: n x n positive definite; A: n x n; B: n x n; a: n; b: n
2 {logdet(X)+tr(A*X)|tr(A*X)-logdet(X)|det(X)*tr(A*X)|logdet(X)-a'*X*a} where X: n x n positive definite; A: n x n; a: n
3 {-N/2*logdet(V)|-logdet(V)/2|-logdet(V)} - {tr(inv(V)*S)|a'*inv(V)*a}/2 where V: n x n positive definite; S: n x n symmetric; a: n; N: scalar positive
3 {tr(inv(V)*S)+logdet(V)-logdet(S)|tr(inv(S)*V)-logdet(V)+logdet(S)} where V: n x n positive definite; S: n x n positive definite
3 {lambda_max(X)|lambda_min(X)|lambda_max(X)-tr(A*X)|lambda_max(X)^2|lambda_max(X)-lambda_min(X)} where X: n x n symmetric; A: n x n
3 {norm2(A-X*B)^2|norm2(A-B*X)^2|tr(X*A*X*B*X)|norm2(A-B*X*B')^2} where X: n x n symmetric; A: n x n; B: n x n
3 {logdet(A+B*X*B')|logdet(X+A)-logdet(X)|tr(inv(A+X)*B)|a'*inv(A+B*X*B')*b} where X: n x n positive definite; A: n x n positive definite; B: n x n; a: n; b: n

kronecker and vec
1 {|2*|-|3*}tr({kron(A,X)|kron(X,A)}) where X: n x n; A: m x m
1 {|2*|-}vec({A)'*vec(X|X)'*vec(A}) where X: m x n; A: m x n
1 {vec(X')|vec(A*X)|vec(X*B)|kron(A,X)|kron(X,A)} where X: m x n; A: m x m; B: n x n
2 {vec(A*X*B)|vec(B'*X'*A')|kron(A*X,B)|kron(B,A*X)} where X: m x n; A: p x m; B: n x q
2 {tr(kron(X,X))|tr(kron(X,A*X))|tr(kron(A,X^2))|tr(kron(X,A))^2} where X: n x n; A: n x n
2 norm2({kron(A,X)|kron(X,A)|kron(X,X)})^2{|/2} where X: m x n; A: p x q
2 {vec(X)'*vec(A*X)|vec(C)'*vec(A*X)|norm2(vec(X)-vec(C))^2|norm2(vec(A*X))^2} where X: m x n; A: m x m; C: m x n
3 vec(X)'*kron(B,A)*vec({X|X|C}) where X: m x n; A: m x m; B: n x n; C: m x n
3 {kron(A,X)*vec(C)|kron(X,A)*vec(C)|vec(X*A'*X)|kron(X,X)*vec(B)} where X: m x n; A: m x n; B: n x n; C: n x n
3 {logdet|det}(kron({A,X|X,A|X,X})) where X: n x n positive definite; A: m x m positive definite
3 {vec(C)'*inv(kron(A,X))*vec(C)|norm2(vec(X*B*X'))^2|vec(C)'*kron(A,X)*vec(C)} where X: n x n; A: m x m; B: n x n; C: n x m

hessians
1 {x'*A*x|x'*A*x+b'*x|x'*A*x/2|x'*x-b'*x} where x: n; A: n x n; b: n
1 {tr(X'*A*X)|tr(X*B*X')|tr(X'*X)|norm2(X)^2/2} where X: m x n; A: m x m; B: n x n
1 {norm2(A*x-b)^2|norm2(A*x-b)^2/2|(A*x-b)'*(A*x-b)} where x: n; A: m x n; b: m
1 {tr(X^2)|tr(A*X^2)|tr(X)^2|sum(X)^2|3*tr(X^2)} where X: n x n; A: n x n
2 {tr(X'*A*X*B)|tr(A*X*B*X')|norm2(A*X*B)^2|norm2(A*X)^2} where X: m x n; A: m x m; B: n x n
2 {tr(A*X*B*X)|a'*X*A*X*b|(a'*X*b)^2|tr(B*X)^2} where X: m x n; A: n x m; B: n x m; a: m; b: n
2 {exp(a'*x)|exp(a'*x)+x'*x|(a'*x)*(b'*x)|(a'*x)^3|log(a'*x)} where x: n positive; a: n positive; b: n
2 {logdet(X)|-logdet(X)|tr(inv(X))|tr(X^3)|tr(A*inv(X))|a'*inv(X)*b} where X: n x n invertible; A: n x n; a: n; b: n
2 {sum(exp(X))|sum(A.*exp(X))|sum(exp(A*x))|sum(softplus(A*x))} where X: n x m; x: m; A: n x m
3 {log(1+x'*x)|norm2(x)|norm2(x-a)|exp(x'*A*x/2)|sqrt(1+x'*x)} where x: n; A: n x n symmetric; a: n
3 {logsumexp(A*x)|sum(softplus(A*x-b))|sum(sin(A*x))|logsumexp(x)} where x: n; A: m x n; b: m
3 {norm2(A-x*x')^2|(x'*A*x)*(x'*B*x)|(x'*A*x)^2|x'*A*x/(b'*x)} where x: n; A: n x n symmetric; B: n x n symmetric; b: n
3 {norm2(X'*X-B)^2|norm2(X*X'-A)^2|tr((X'*X)^2)} where X: m x n; A: m x m symmetric; B: n x n symmetric
3 {logdet(X)+tr(A*inv(X))|logdet(A+X)|det(X)|a'*inv(X)*a-logdet(X)} where X: n x n positive definite; A: n x n; a: n
"""  # noqa: E501  (a template is a line)


class Trap(NamedTuple):
    """A wrong answer, and the slip that leads to it."""

    text: str
    slip: str


@dataclass(frozen=True)
class Problem:
    """A problem to practise on: what `problem` gives.

    Attributes
    ----------
    kind : str
    difficulty, seed : int
    expression, where, wrt : str
        As `lecturelib.derive` takes them.
    ask : str
        ``"gradient"``, ``"differential"`` or ``"hessian"``: what is wanted.
    """

    kind: str
    difficulty: int
    seed: int
    expression: str
    where: str
    wrt: str

    def __repr__(self) -> str:
        return (
            f"problem({self.kind!r}, {self.difficulty}, {self.seed}): "
            f"the {self.ask} of {self.expression} in {self.wrt}"
        )

    @property
    def link_text(self) -> str:
        """The problem's name in a link, such as ``linear-traces-1-4``."""
        return f"{self.kind.replace(' ', '-')}-{self.difficulty}-{self.seed}"

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation that solves it."""
        return derive(self.expression, self.wrt, self.where)

    @cached_property
    def ask(self) -> str:
        if self.kind == "hessians":
            return "hessian"
        return "gradient" if self.derivation.value.shape == () else "differential"

    @property
    def answer(self) -> Expression:
        """The right answer in its shortest spelling."""
        found: Expression = getattr(self.derivation, self.ask)
        return found

    def sibling(self) -> Problem:
        """A problem of the same kind and difficulty: the next seed's whose expression differs."""
        others = (problem(self.kind, self.difficulty, self.seed + k) for k in count(1))
        return next(other for other in others if other.expression != self.expression)

    @property
    def question(self) -> str:
        """The problem as one sentence."""
        H, x = self.derivation.directions[self.wrt], self.wrt
        wanted = {
            "gradient": f"which gradient of f with respect to {x} do you find",
            "differential": f"which differential of f in the direction {H} do you find",
            "hessian": f"what do you find when the Hessian operator of f is applied to {H}",
        }[self.ask]
        given = _listed([_in_words(one) for one in self.where.split("; ")])
        return f"For f({x}) = {self.expression}, where {given}, {wanted}?"

    @cached_property
    def hints(self) -> list[str]:
        """Two or three hints, each of which says more; none gives the answer."""
        d, x, H = self.derivation, self.wrt, self.derivation.directions[self.wrt]
        first, *later = [step for step in d.steps if step.operation]
        found = [f"Begin at {first.where}: {first.rule}."]
        shape = f"It has the shape of {x}; check that yours has, too."
        if self.ask == "hessian":
            found.append(f"The gradient is {d.gradient}.")
            return [*found, f"Take its differential, with {x} moving in the direction {H}. {shape}"]
        line = str(first.expression)
        if self.ask == "gradient":
            if not _tells(line, self.answer):
                found.append(f"This gives {first.left} = {line}.")
            goal = f"f'({x})*d{x}" if d.wrt[0].shape == () else f"<G, d{x}>"
            return [*found, f"Bring df into the form {goal}, with d{x} alone. {shape}"]
        if later:
            found.append(f"This gives {first.left} = {line}.")
        terms = len(summands(self.answer))
        often = f"{terms} terms, each with {H}" if terms > 1 else f"one term, with {H}"
        return [*found, f"Multiplied out, the answer has {often} once."]

    @cached_property
    def traps(self) -> list[Trap]:
        """Wrong answers that people give, each of another slip; at most four."""
        dice, values = _Dice(f"traps {self.link_text}"), _Values(self)
        H = str(self.derivation.directions[self.wrt])
        taken = [values(self.answer)]
        if self.ask != "differential":  # the other layout is a convention, not a slip
            taken.append(values(self.answer.T))
        sites = [("symmetric only", _symmetric(self)), *_slipped(self.answer)]
        order = dice.shuffled(dict.fromkeys(slip for slip, _ in sites))
        sites = sorted(dice.shuffled(sites), key=lambda site: order.index(site[0]))
        # What can happen to every answer comes last.
        found: dict[str, Trap] = {}
        for slip, term in [*sites, ("sign", -self.answer), ("factor", 2 * self.answer)]:
            if slip in found or len(found) == TRAPS:
                continue
            try:
                wrong = tidy(term)
                seen = values(wrong)
            except (ValueError, ArithmeticError):
                continue  # it has no value
            # Without its direction, a differential may be the matrix of it: a convention, too.
            moves = self.ask == "gradient" or H in _NAME.findall(str(wrong))
            if moves and not isinstance(wrong, Number) and all(_apart(seen, o) for o in taken):
                taken.append(seen)
                found[slip] = Trap(str(wrong), slip)
        return list(found.values())


def problem(kind: str = "any", difficulty: int = 1, seed: int = 0) -> Problem:
    """A problem to practise on.

    Parameters
    ----------
    kind : str
        One of `KINDS`; ``"any"`` draws one of the others.
    difficulty : int
        From 1, one or two rules, to 3, a composite function.
    seed : int
        The same seed gives the same problem.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError
        There is no such kind or difficulty, or the seed is not an integer.

    Examples
    --------
    >>> from lecturelib.symbols.problem import problem
    >>> p = problem("quadratic forms", 2, seed=3)
    >>> bool(p.derivation.check()), len(p.traps)
    (True, 4)
    """
    if kind not in KINDS:
        raise ValueError(f"There are no problems of the kind {kind!r}; there are {_listed(KINDS)}.")
    if type(difficulty) is not int or difficulty not in (1, 2, 3):
        raise ValueError(f"There is no difficulty {difficulty!r}; there are 1, 2 and 3.")
    if type(seed) is not int:
        raise ValueError(f"The seed {seed!r} is not an integer; give one, such as 7.")
    if kind == "any":
        kind = _Dice(f"{difficulty} {seed}").one(KINDS[:-1])
    templates = _TEMPLATES[kind][difficulty]
    # All templates come once a round, so that neighbours differ.
    turn, place = divmod(seed, len(templates))
    template = _Dice(f"{kind} {difficulty} {turn}").shuffled(templates)[place]
    dices = (_Dice(f"{kind} {difficulty} {seed} {attempt}") for attempt in range(ATTEMPTS))
    found = (Problem(kind, difficulty, seed, *_drawn(dice, template)) for dice in dices)
    fit = next(filter(_is_fit, found), None)
    assert fit is not None, f"No drawing of {template!r} is fit."
    return fit


def _is_fit(problem: Problem) -> bool:
    small = cost(problem.derivation.value) <= OPERATIONS
    return small and not is_number(problem.answer, 0)


# -- Drawing --------------------------------------------------------------------------------------


class _Dice:
    """Choices by `random.Random.random` alone: it gives the same in every version of Python."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed).random

    def one(self, of: Sequence[Any]) -> Any:
        return of[int(self.random() * len(of))]

    def shuffled(self, of: Iterable[Any]) -> list[Any]:
        return [one for _, one in sorted([(self.random(), one) for one in of], key=itemgetter(0))]


def _read(text: str) -> dict[str, dict[int, list[str]]]:
    """The templates by kind and difficulty."""
    found = {}
    for paragraph in text.strip().split("\n\n"):
        kind, *lines = paragraph.split("\n")
        found[kind] = {k: [one[2:] for one in lines if one[0] == str(k)] for k in (1, 2, 3)}
    return found


_TEMPLATES = _read(TEMPLATES)
KINDS = (*_TEMPLATES, "any")

#: What the letters of the templates may be called; no two letters of a problem are the same.
LETTERS = {
    **dict.fromkeys("ABCD", "ABCDFKPQR"),
    **dict.fromkeys("abc", "abcguv"),
    **dict.fromkeys("mnpq", "mnpq"),
    "X": "XYZWUV",
    "x": "xzwu",
}
_NAME = re.compile(r"[A-Za-z_]\w*")


def _drawn(dice: _Dice, template: str) -> tuple[str, str, str]:
    """Expression, declarations and variable of a template, with what is random in it drawn."""
    while "{" in template:
        template = re.sub(r"\{([^{}]*)\}", lambda m: dice.one(m[1].split("|")), template)
    expression, _, where = template.partition(" where ")
    pairs = [one.strip().split(": ") for one in where.split("; ")]
    used = {name.removeprefix("sum_") for name in _NAME.findall(expression)}
    declared = {x: what for x, what in pairs if x in used}
    for x, what in declared.items():
        rows, _, columns = what.partition(" x ")
        if columns.isalpha() and rows != columns and dice.random() < 0.25:
            declared[x] = f"{columns} x {rows}"
            expression = re.sub(rf"\b{x}\b", f"{x}'", expression).replace(f"{x}''", x)
    wrt = next(iter(declared))
    other = [x for x in (*declared, *"mnpq") if x in LETTERS and not (x in "Xx" and x != wrt)]
    names = {x: x for x in [*declared, *_NAME.findall(where)] if x not in other}
    for x in other:
        names[x] = dice.one([c for c in LETTERS[x] if c not in names.values()])
    put = partial(_NAME.sub, lambda m: names.get(m[0], m[0]))
    sizes = {x: " x ".join(map(put, what.split(" x "))) for x, what in declared.items()}
    where = "; ".join(f"{put(x)}: {what}" for x, what in sizes.items())
    spaced = re.sub(r"(?<=[\w)'])\s*([-+]|\.[*/])\s*", r" \1 ", put(expression))
    spaced = re.sub(r",\s*", ", ", spaced)
    return spaced, where, put(wrt)


# -- In words -------------------------------------------------------------------------------------


def _listed(words: Sequence[str]) -> str:
    """The words, with "and" before the last one."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _in_words(declaration: str) -> str:
    """A declaration as part of a sentence."""
    x, what = declaration.split(": ")
    shape, *flags = re.split(r" (?=(?:[a-z]{2}.*))", what, maxsplit=1)
    if ".." in what:
        return f"{x} runs from {' to '.join(what.split('..'))}"
    if shape in ("scalar", "integer"):
        said = "an integer" if shape == "integer" else "a number"
    else:
        said = shape if " x " in shape else f"a column of length {shape}"
    return f"{x} is {said}" + "".join(f" ({flag})" for flag in flags)


def _tells(line: str, answer: Expression) -> bool:
    """Whether a line contains an answer that is more than a symbol or two."""
    return cost(answer) > 2 and str(answer) in line


# -- Traps ----------------------------------------------------------------------------------------


class _Values:
    """Values of answers to a problem, at two draws of data."""

    def __init__(self, problem: Problem) -> None:
        d = problem.derivation
        [self.x] = d.wrt
        # For a variable that is declared symmetric and the like, only the inner products of a
        # gradient with the directions in which it may move say whether it is right.
        self.paired = bool(self.x.flags) and problem.ask != "differential"
        self.draws: list[tuple[dict[str, Any], dict[str, int]]] = []
        for seed, wide in product(range(6), (False, True)):
            try:
                point, sizes = drawn(d, seed, wide)
                point[d.directions[self.x.name].name] = direction(self.x, point)
                right = value(problem.answer, point, sizes)
            except NoValue:
                continue
            if any(entries(right)):  # where it is 0, as relu's may be, nothing misses it by a sign
                self.draws.append((point, sizes))
            if len(self.draws) == 2:
                return
        raise NoValue(f"No data were found for {problem!r}.")

    def __call__(self, answer: Expression) -> list[Any]:
        return [self.seen(value(answer, *draw), draw[0]) for draw in self.draws]

    def seen(self, G: Any, point: dict[str, Any]) -> Any:
        moves = [direction(self.x, point, k) for k in (1, 2, 3)]
        if self.paired and shape_of(G) == shape_of(moves[0]):
            return (tuple(paired(G, H) for H in moves),)
        return G


def _apart(wrong: list[Any], right: list[Any]) -> bool:
    return all(distance(a, b) > APART for a, b in zip(wrong, right, strict=True))


#: Slips, each with the operation at which it happens and what it makes of the operands; the names
#: are those of `Derivation.compare`.
_SLIPS: list[tuple[str, str, Callable[..., Any]]] = [
    ("transposed factor", "transpose", lambda A: A),
    ("sign", "negative", lambda A: A),
    ("sign", "add", lambda A, B: A - B),
    ("sign", "subtract", lambda A, B: A + B),
    ("missing term", "add", lambda A, B: A),
    ("missing term", "add", lambda A, B: B),
    ("missing term", "subtract", lambda A, B: A),
    ("missing term", "subtract", lambda A, B: -B),
    ("factor", "multiply", lambda c, A: A if isinstance(c, Number) else None),
    ("factor", "divide", lambda A, c: A if isinstance(c, Number) else None),
    ("missing factor", "multiply", lambda c, A: None if isinstance(c, Number) else A),
    ("missing factor", "multiply", lambda A, c: None if isinstance(A, Number) else A),
    ("missing factor", "divide", lambda A, c: None if isinstance(c, Number) else A),
    ("missing factor", "matmul", lambda A, B: A),
    ("missing factor", "matmul", lambda A, B: B),
    ("missing factor", "inv", lambda A: A),
    ("order of factors", "matmul", lambda A, B: B @ A),
    ("elementwise product", "multiply", lambda A, B: A @ B),
    ("elementwise function", "inv", lambda A: 1 / A),
    ("trace", "trace", lambda A: A),
    *(
        ("elementwise function", matrix, TABLE[entrywise])
        for matrix, entrywise in {
            "expm": "exp", "logm": "log", "sqrtm": "sqrt", "sinm": "sin", "cosm": "cos",
            "matrix_power": "power",
        }.items()
    ),
]  # fmt: skip

#: Operations that take an operand of another shape without spreading another one over it.
_SHAPING = ("matmul", "transpose", "negative")


def _slipped(x: Expression) -> Iterator[tuple[str, Expression]]:
    """An answer with one slip, in each place where one can happen."""
    if isinstance(x, Symbol) and x.ndim and x.T is not x:
        yield "transposed factor", x.T
    if not isinstance(x, Application):
        return
    changes = [(slip, partial(change, *x.operands)) for slip, at, change in _SLIPS if at == x.name]
    scaled = x.name in ("multiply", "divide") and any(o.ndim == 0 for o in x.operands)
    for i, operand in enumerate(x.operands[:1] if "power" in x.name else x.operands):
        for slip, other in _slipped(operand):
            if scaled or x.name in _SHAPING or same_shape(other.shape, operand.shape):
                slip = "term factor" if slip == "factor" and x.name in ("add", "subtract") else slip
                operands = (*x.operands[:i], other, *x.operands[i + 1 :])
                changes.append((slip, partial(TABLE[x.name], *operands, **x.parameters)))
    for slip, change in changes:
        try:
            found = change()
        except (TypeError, ValueError):  # the shapes do not fit
            continue
        if found is not None:
            yield slip, found


def _symmetric(problem: Problem) -> Expression:
    """The answer of who takes all square matrices but the variable for symmetric."""

    def untransposed(x: Any) -> Any:
        if not isinstance(x, Application):
            return x
        operands = [untransposed(operand) for operand in x.operands]
        inside = operands[0]
        if x.name == "transpose" and isinstance(inside, Symbol) and same(*inside.shape):
            return x if inside.name == problem.wrt else inside
        return TABLE[x.name](*operands, **x.parameters)

    found: Expression = untransposed(problem.answer)
    return found
