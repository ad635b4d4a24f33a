"""Problems from textbooks, typed from the source before `derive` was written.

One a line:  id | source | declarations | variable | expression | kind | answer.  The declarations
are those of `derive`'s ``where``; kind is gradient (the G of the variable's shape with df[H] =
tr(G'H)), differential (of a vector or matrix) or hessian (the Hessian operator), both in the
direction H, whatever the variable's shape. The answer is the source's closed form in MATLAB's
grammar; where the source lays it out otherwise (a row, a transpose, a sum over entries) it is
brought to the convention above. For symmetric, diagonal, triangular and orthogonal variables it
is the plain gradient, to be compared after projection on the tangent space. What the source calls
H is called C here. Operations of the table without a usual sign are called by their names:
``expm_frechet(X, E)`` is the derivative of expm at X in direction E, ``power_frechet(X, k, E)``
that of X^k, ``sylvester(A, B, C)`` the Y with A*Y + Y*B = C, ``eigenvector_max(A)`` the unit
vector of lambda_max, ``block_inner(G, B)`` the inner products of G's blocks with B and
``block_sum(G, A)`` the sum of G's blocks weighted with A, ``cholesky`` the lower factor.

Sources: MC Petersen & Pedersen, The Matrix Cookbook (15 November 2012), by equation; MN Magnus &
Neudecker, Matrix Differential Calculus (chapters 8 to 10), by section; Minka, Old and New Matrix
Algebra Useful for Statistics; Luetkepohl, Handbook of Matrices, chapter 10; BV Boyd &
Vandenberghe, Convex Optimization; PRML Bishop; MLAPP and PML Murphy; GPML Rasmussen & Williams;
lecture: the claims of this course by their id. A source without a number is the usual form of
the named result.
"""
# ruff: noqa: E501

P = r"""
MC034 | MC 34 | X: m x n; t: scalar | t | t*X | differential | H*X
MC035 | MC 35 | X: m x n; Y: m x n | X | X+Y | differential | H
MC036 | MC 36, MN 8.3 | X: n x n | X | tr(X) | gradient | eye(n)
MC037 | MC 37 | X: m x n; Y: n x p | X | X*Y | differential | H*Y
MC037b | MC 37 | X: m x n; Y: n x p | Y | X*Y | differential | X*H
MC038 | MC 38 | X: m x n; Y: m x n | X | X.*Y | differential | H.*Y
MC039 | MC 39 | X: m x n; Y: p x q | X | kron(X,Y) | differential | kron(H,Y)
MC039b | MC 39 | X: m x n; Y: p x q | Y | kron(X,Y) | differential | kron(X,H)
MC040 | MC 40, lecture inverse-derivative | X: n x n invertible | X | inv(X) | differential | -inv(X)*H*inv(X)
MC044 | MC 44 | X: m x n | X | X' | differential | H'
MC046 | MC 46 | A: n x n invertible; B: n x n; t: scalar | t | det(A+t*B) | gradient | det(A+t*B)*tr(inv(A+t*B)*B)
MC048 | MC 48 | A: n x n invertible; B: n x n; t: scalar | t | det(A+t*B) | hessian | det(A+t*B)*(tr(inv(A+t*B)*B)^2-tr(inv(A+t*B)*B*inv(A+t*B)*B))*H
MC049 | MC 49, lecture det-derivative | X: n x n invertible | X | det(X) | gradient | det(X)*inv(X)'
MC051 | MC 51 | A: n x n invertible; X: n x n invertible; B: n x n invertible | X | det(A*X*B) | gradient | det(A*X*B)*inv(X)'
MC052 | MC 52 | X: n x n invertible; A: n x n invertible | X | det(X'*A*X) | gradient | 2*det(X'*A*X)*inv(X)'
MC053 | MC 53, A symmetric | X: m x n; A: m x m positive definite | X | det(X'*A*X) | gradient | 2*det(X'*A*X)*A*X*inv(X'*A*X)
MC054 | MC 54 | X: m x n; A: m x m | X | det(X'*A*X) | gradient | det(X'*A*X)*(A*X*inv(X'*A*X)+A'*X*inv(X'*A'*X))
MC055 | MC 55 | X: m x n | X | logdet(X'*X) | gradient | 2*pinv(X)'
MC056 | MC 56, with X the pseudo-inverse of P | P: n x m | P | logdet(inv(P*P')) | gradient | -2*pinv(P)'
MC057 | MC 57 | X: n x n invertible | X | logdet(X) | gradient | inv(X)'
MC058 | MC 58 | X: n x n invertible; k: integer | X | det(X^k) | gradient | k*det(X^k)*inv(X)'
MC058b | MC 58 with k = 3 | X: n x n invertible | X | det(X^3) | gradient | 3*det(X^3)*inv(X)'
MC059 | MC 59 | A: n x n invertible; B: n x n; t: scalar | t | inv(A+t*B) | differential | -inv(A+t*B)*B*inv(A+t*B)*H
MC060 | MC 60, one entry of the inverse | X: 4 x 4 invertible | X | inv(X)[1,2] | gradient | -inv(X)'*eye(4)[:,1]*eye(4)[2,:]*inv(X)'
MC061 | MC 61 | a: n; X: n x n invertible; b: n | X | a'*inv(X)*b | gradient | -inv(X)'*a*b'*inv(X)'
MC062 | MC 62 | X: n x n invertible | X | det(inv(X)) | gradient | -det(inv(X))*inv(X)'
MC063 | MC 63 | A: m x n; X: n x n invertible; B: n x m | X | tr(A*inv(X)*B) | gradient | -(inv(X)*B*A*inv(X))'
MC064 | MC 64 | X: n x n invertible; A: n x n invertible | X | tr(inv(X+A)) | gradient | -(inv(X+A)*inv(X+A))'
MC065 | MC 65 with J(W) = norm2(W-B)^2, W the inverse | A: n x n invertible; B: n x n | A | norm2(inv(A)-B)^2 | gradient | -2*inv(A)'*(inv(A)-B)*inv(A)'
MC067 | MC 67, simple eigenvalue of a symmetric matrix; plain gradient | A: n x n symmetric | A | lambda_max(A) | gradient | eigenvector_max(A)*eigenvector_max(A)'
MC067b | MC 67, the smallest eigenvalue; plain gradient | A: n x n symmetric | A | lambda_min(A) | gradient | eigenvector_min(A)*eigenvector_min(A)'
MC068 | MC 68, MN 8.8 | A: n x n symmetric | A | eigenvector_max(A) | differential | pinv(lambda_max(A)*eye(n)-A)*H*eigenvector_max(A)
MC069 | MC 69 | x: n; a: n | x | x'*a | gradient | a
MC070 | MC 70 | a: m; X: m x n; b: n | X | a'*X*b | gradient | a*b'
MC071 | MC 71 | a: n; X: m x n; b: m | X | a'*X'*b | gradient | b*a'
MC072 | MC 72 | a: n; X: n x n | X | a'*X*a | gradient | a*a'
MC076 | MC 76 | X: m x n | X | sum(X)^2 | gradient | 2*sum(X)*ones(m,n)
MC077 | MC 77 | b: n; X: m x n; c: n | X | b'*X'*X*c | gradient | X*(b*c'+c*b')
MC078 | MC 78 | B: m x n; x: n; b: m; C: m x p; D: p x n; d: p | x | (B*x+b)'*C*(D*x+d) | gradient | B'*C*(D*x+d)+D'*C'*(B*x+b)
MC081 | MC 81 | x: n; B: n x n | x | x'*B*x | gradient | (B+B')*x
MC082 | MC 82 | b: n; X: m x n; D: m x m; c: n | X | b'*X'*D*X*c | gradient | D'*X*b*c'+D*X*c*b'
MC083 | MC 83 | X: m x n; b: n; c: m; D: m x m | X | (X*b+c)'*D*(X*b+c) | gradient | (D+D')*(X*b+c)*b'
MC084 | MC 84, W symmetric | x: m; A: m x n; s: n; W: m x m symmetric | s | (x-A*s)'*W*(x-A*s) | gradient | -2*A'*W*(x-A*s)
MC085 | MC 85, W symmetric | x: n; s: n; W: n x n symmetric | x | (x-s)'*W*(x-s) | gradient | 2*W*(x-s)
MC086 | MC 86, W symmetric | x: n; s: n; W: n x n symmetric | s | (x-s)'*W*(x-s) | gradient | -2*W*(x-s)
MC087 | MC 87, W symmetric | x: m; A: m x n; s: n; W: m x m symmetric | x | (x-A*s)'*W*(x-A*s) | gradient | 2*W*(x-A*s)
MC088 | MC 88, W symmetric | x: m; A: m x n; s: n; W: m x m symmetric | A | (x-A*s)'*W*(x-A*s) | gradient | -2*W*(x-A*s)*s'
MC091 | MC 91, r = i-1 | a: n; X: n x n; b: n; k: integer; i: 1..k | X | a'*X^k*b | gradient | sum_i (X^(i-1))'*a*b'*(X^(k-i))'
MC091b | MC 91 with n = 3 | a: n; X: n x n; b: n | X | a'*X^3*b | gradient | a*b'*(X^2)'+X'*a*b'*X'+(X^2)'*a*b'
MC092 | MC 92 with n = 2, whose first terms are printed transposed (right for a = b): mended | a: n; X: n x n; b: n | X | a'*(X^2)'*X^2*b | gradient | X^2*b*a'*X'+X'*X^2*b*a'+X^2*a*b'*X'+X'*X^2*a*b'
MC092b | MC 92, r = i-1, whose first term is printed transposed (right for a = b): mended | a: n; X: n x n; b: n; k: integer; i: 1..k | X | a'*(X^k)'*X^k*b | gradient | sum_i ((X^(i-1))'*X^k*b*a'*(X^(k-i))'+(X^(i-1))'*X^k*a*b'*(X^(k-i))')
MC096 | MC 96 | A: n x n; x: n; b: n | x | x'*A*x+b'*x | gradient | (A+A')*x+b
MC098 | MC 98 | A: n x n; x: n; b: n | x | x'*A*x+b'*x | hessian | (A+A')*H
MC100 | MC 100 | X: m x n; A: n x m | X | tr(X*A) | gradient | A'
MC101 | MC 101 | A: p x m; X: m x n; B: n x p | X | tr(A*X*B) | gradient | A'*B'
MC102 | MC 102 | A: p x n; X: m x n; B: m x p | X | tr(A*X'*B) | gradient | B*A
MC103 | MC 103 | X: m x n; A: m x n | X | tr(X'*A) | gradient | A
MC104 | MC 104 | A: m x n; X: m x n | X | tr(A*X') | gradient | A
MC105 | MC 105 | A: m x m; X: n x n | X | tr(kron(A,X)) | gradient | tr(A)*eye(n)
MC106 | MC 106 | X: n x n | X | tr(X^2) | gradient | 2*X'
MC107 | MC 107 | X: n x n; B: n x n | X | tr(X^2*B) | gradient | (X*B+B*X)'
MC108 | MC 108 | X: m x n; B: m x m | X | tr(X'*B*X) | gradient | B*X+B'*X
MC109 | MC 109 | B: m x m; X: m x n | X | tr(B*X*X') | gradient | B*X+B'*X
MC110 | MC 110 | X: m x n; B: m x m | X | tr(X*X'*B) | gradient | B*X+B'*X
MC111 | MC 111 | X: m x n; B: n x n | X | tr(X*B*X') | gradient | X*B'+X*B
MC112 | MC 112 | B: n x n; X: m x n | X | tr(B*X'*X) | gradient | X*B'+X*B
MC113 | MC 113 | X: m x n; B: n x n | X | tr(X'*X*B) | gradient | X*B'+X*B
MC114 | MC 114 | A: n x m; X: m x n; B: n x m | X | tr(A*X*B*X) | gradient | A'*X'*B'+B'*X'*A'
MC115 | MC 115 | X: m x n | X | tr(X'*X) | gradient | 2*X
MC116 | MC 116 | B: n x p; X: m x n; C: m x m | X | tr(B'*X'*C*X*B) | gradient | C'*X*B*B'+C*X*B*B'
MC117 | MC 117 | X: m x n; B: m x m; C: n x n | X | tr(X'*B*X*C) | gradient | B*X*C+B'*X*C'
MC118 | MC 118 | A: p x m; X: m x n; B: n x n; C: m x p | X | tr(A*X*B*X'*C) | gradient | A'*C'*X*B'+C*A*X*B
MC119 | MC 119 | A: p x m; X: m x n; B: n x q; C: p x q | X | tr((A*X*B+C)*(A*X*B+C)') | gradient | 2*A'*(A*X*B+C)*B'
MC120 | MC 120 | X: n x n | X | tr(kron(X,X)) | gradient | 2*tr(X)*eye(n)
MC121 | MC 121 | X: n x n; k: integer | X | tr(X^k) | gradient | k*(X^(k-1))'
MC121b | MC 121 with k = 3 | X: n x n | X | tr(X^3) | gradient | 3*(X^2)'
MC122 | MC 122, r = i-1 | A: n x n; X: n x n; k: integer; i: 1..k | X | tr(A*X^k) | gradient | sum_i (X^(i-1)*A*X^(k-i))'
MC122b | MC 122 with k = 2 | A: n x n; X: n x n | X | tr(A*X^2) | gradient | (A*X+X*A)'
MC122c | MC 122 with k = 3 | A: n x n; X: n x n | X | tr(A*X^3) | gradient | (A*X^2+X*A*X+X^2*A)'
MC123 | MC 123 | B: n x p; X: m x n; C: m x m | X | tr(B'*X'*C*X*X'*C*X*B) | gradient | C*X*X'*C*X*B*B'+C'*X*B*B'*X'*C'*X+C*X*B*B'*X'*C*X+C'*X*X'*C'*X*B*B'
MC124 | MC 124 | A: m x n; X: n x n invertible; B: n x m | X | tr(A*inv(X)*B) | gradient | -inv(X)'*A'*B'*inv(X)'
MC125 | MC 125, C symmetric | X: m x n; C: m x m positive definite; A: n x n | X | tr(inv(X'*C*X)*A) | gradient | -C*X*inv(X'*C*X)*(A+A')*inv(X'*C*X)
MC126 | MC 126, B and C symmetric | X: m x n; C: m x m positive definite; B: m x m symmetric | X | tr(inv(X'*C*X)*(X'*B*X)) | gradient | -2*C*X*inv(X'*C*X)*X'*B*X*inv(X'*C*X)+2*B*X*inv(X'*C*X)
MC127 | MC 127, A, B and C symmetric | A: n x n positive definite; X: m x n; C: m x m positive definite; B: m x m symmetric | X | tr(inv(A+X'*C*X)*(X'*B*X)) | gradient | -2*C*X*inv(A+X'*C*X)*X'*B*X*inv(A+X'*C*X)+2*B*X*inv(A+X'*C*X)
MC128 | MC 128 | X: n x n | X | tr(sinm(X)) | gradient | cosm(X)'
MC129 | MC 129 | x: n; a: n | x | norm2(x-a) | gradient | (x-a)/norm2(x-a)
MC130 | MC 130 | x: n; a: n | x | (x-a)/norm2(x-a) | differential | H/norm2(x-a)-(x-a)*(x-a)'*H/norm2(x-a)^3
MC131 | MC 131 | x: n | x | norm2(x)^2 | gradient | 2*x
MC132 | MC 132 | X: m x n | X | norm2(X)^2 | gradient | 2*X
MC137 | MC 137, the chain rule with g(U) = tr(U^3), U = X'*X | X: m x n | X | tr((X'*X)^3) | gradient | 6*X*(X'*X)^2
MC139 | MC 139; the plain gradient, where the source lists A+A'-A.*I | A: n x n; X: n x n symmetric | X | tr(A*X) | gradient | A'
MC140 | MC 140; the plain gradient, where the source lists det(X)*(2*inv(X)-inv(X).*I) | X: n x n positive definite | X | det(X) | gradient | det(X)*inv(X)
MC141 | MC 141; the plain gradient, where the source lists 2*inv(X)-inv(X).*I | X: n x n positive definite | X | logdet(X) | gradient | inv(X)
MC142 | MC 142; projected on the diagonal matrices A.*I | A: n x n; X: n x n diagonal | X | tr(A*X) | gradient | A.*eye(n)
MC142b | MC 2.8 with a triangular variable; plain gradient | A: n x n; L: n x n lower | L | tr(A*L*L') | gradient | (A+A')*L
MC142c | MC 2.8 with a skew variable; plain gradient | A: n x n; S: n x n skew | S | tr(A*S*S) | gradient | (A*S+S*A)'
MN801 | MN 8.2 | X: m x n; A: p x m; B: n x q | X | A*X*B | differential | A*H*B
MN802 | MN 8.2 | X: m x n; A: p x n; B: m x q | X | A*X'*B | differential | A*H'*B
MN803 | MN 9.16 | X: m x n | X | X*X' | differential | H*X'+X*H'
MN804 | MN 9.16, lecture example-AtA | X: m x n | X | X'*X | differential | H'*X+X'*H
MN805 | MN 9.16 | X: n x n | X | X^2 | differential | H*X+X*H
MN806 | MN 9.16 | X: n x n | X | X^3 | differential | H*X^2+X*H*X+X^2*H
MN807 | MN 9.16, j = i | X: n x n; k: integer; i: 1..k | X | X^k | differential | sum_i X^(i-1)*H*X^(k-i)
MN808 | MN 8.4 | A: m x n; X: n x n invertible; B: n x p | X | A*inv(X)*B | differential | -A*inv(X)*H*inv(X)*B
MN809 | MN 8.5, full column or row rank | X: m x n | X | pinv(X) | differential | -pinv(X)*H*pinv(X)+pinv(X)*pinv(X)'*H'*(eye(m)-X*pinv(X))+(eye(n)-pinv(X)*X)*H'*pinv(X)'*pinv(X)
MN810 | MN 9.16 | X: m x n; A: n x n | X | X*A*X' | differential | H*A*X'+X*A*H'
MN811 | MN 9.16 | X: m x n; A: m x m | X | X'*A*X | differential | H'*A*X+X'*A*H
MN812 | MN 9.16 | X: m x n; A: n x m | X | X*A*X | differential | H*A*X+X*A*H
MN813 | MN 9.16 | X: m x n | X | X.*X | differential | 2*X.*H
MN814 | MN 9.16 | X: m x n | X | kron(X,X) | differential | kron(H,X)+kron(X,H)
MN815 | MN 9.16, the commutation matrix | X: m x n | X | vec(X') | differential | vec(H')
MN816 | MN 9.16, vec(A*X*B) | A: p x m; X: m x n; B: n x q | X | vec(A*X*B) | differential | kron(B',A)*vec(H)
MN817 | MN 9.15 | A: m x n; x: n | x | A*x | differential | A*H
MN818 | MN 9.15 | a: n; x: n; A: m x n | x | (a'*x)*A*x | differential | (a'*H)*A*x+(a'*x)*A*H
MN819 | MN 9.16, projector on the range | X: m x n | X | X*inv(X'*X)*X' | differential | (eye(m)-X*inv(X'*X)*X')*H*inv(X'*X)*X'+X*inv(X'*X)*H'*(eye(m)-X*inv(X'*X)*X')
MN820 | MN 9.16 | X: m x n | X | inv(X'*X) | differential | -inv(X'*X)*(H'*X+X'*H)*inv(X'*X)
MN821 | MN 9.16 | X: n x n | X | tr(X)*X | differential | tr(H)*X+tr(X)*H
MN822 | MN 9.16 | X: n x n invertible | X | det(X)*inv(X) | differential | det(X)*(tr(inv(X)*H)*inv(X)-inv(X)*H*inv(X))
MN823 | MN 8.3 | X: n x n invertible | X | inv(X)' | differential | -inv(X)'*H'*inv(X)'
MN824 | MN 9.12 | X: m x n; A: n x m | X | tr(A*X) | gradient | A'
MN825 | MN 9.12 | X: m x n; A: n x n; B: m x m | X | tr(X*A*X'*B) | gradient | B'*X*A'+B*X*A
MN826 | MN 9.12 | X: m x n; A: n x m; B: n x m | X | tr(X*A*X*B) | gradient | B'*X'*A'+A'*X'*B'
MN827 | MN 9.12 | a: m; X: m x n | X | a'*X*X'*a | gradient | 2*a*a'*X
MN828 | MN 9.13 | X: m x n | X | det(X*X') | gradient | 2*det(X*X')*inv(X*X')*X
MN829 | MN 9.13 | X: m x n | X | det(X'*X) | gradient | 2*det(X'*X)*X*inv(X'*X)
MN830 | MN 9.13 | X: n x n invertible | X | det(X^2) | gradient | 2*det(X)^2*inv(X)'
MN831 | MN 9.13 | A: p x m; X: m x n; B: n x p | X | det(A*X*B) | gradient | det(A*X*B)*(B*inv(A*X*B)*A)'
MN832 | MN 9.13 | A: n x n invertible; X: n x n invertible; B: n x n invertible | X | det(A*inv(X)*B) | gradient | -det(A*inv(X)*B)*inv(X)'
MN833 | MN 9.13 | X: m x n | X | logdet(X*X') | gradient | 2*inv(X*X')*X
MN834 | MN 9.13 | X: n x n invertible | X | logdet(X^2) | gradient | 2*inv(X)'
MN835 | MN 9.13, A symmetric | X: m x n; A: n x n positive definite | X | logdet(X*A*X') | gradient | 2*inv(X*A*X')*X*A
MN836 | MN 10 (second differential of log det) | X: n x n invertible | X | logdet(X) | hessian | -inv(X)'*H'*inv(X)'
MN837 | MN 10 (second differential of det) | X: n x n invertible | X | det(X) | hessian | det(X)*(tr(inv(X)*H)*inv(X)'-inv(X)'*H'*inv(X)')
MN838 | MN 10 | X: m x n; A: n x m; B: n x m | X | tr(A*X*B*X) | hessian | A'*H'*B'+B'*H'*A'
MN839 | MN 10 | X: m x n; A: n x n; B: m x m | X | tr(X*A*X'*B) | hessian | B'*H*A'+B*H*A
MN840 | MN 10 | X: n x n | X | tr(X^2) | hessian | 2*H'
MN841 | MN 10 | X: n x n | X | tr(X^3) | hessian | 3*(H*X+X*H)'
MN842 | MN 10 | X: n x n; k: integer | X | tr(X^k) | hessian | k*power_frechet(X,k-1,H)'
MN843 | MN 10 | X: n x n invertible | X | tr(inv(X)) | hessian | (inv(X)*H*inv(X)^2+inv(X)^2*H*inv(X))'
MN844 | MN 10 | A: n x n; X: n x n invertible | X | tr(A*inv(X)) | hessian | (inv(X)*H*inv(X)*A*inv(X)+inv(X)*A*inv(X)*H*inv(X))'
MN845 | MN 10 | a: n; b: n; X: n x n invertible | X | a'*inv(X)*b | hessian | inv(X)'*H'*inv(X)'*a*b'*inv(X)'+inv(X)'*a*b'*inv(X)'*H'*inv(X)'
MN846 | MN 10 | X: m x n | X | logdet(X'*X) | hessian | 2*H*inv(X'*X)-2*X*inv(X'*X)*(H'*X+X'*H)*inv(X'*X)
MN847 | MN 10 | X: m x n | X | tr(X'*X*X'*X) | hessian | 4*(H*X'*X+X*H'*X+X*X'*H)
MN848 | MN 10 | x: n | x | (x'*x)^2 | hessian | 4*(x'*x)*H+8*x*(x'*H)
MN849 | MN 10 | X: n x n | X | tr(X)^3 | hessian | 6*tr(X)*tr(H)*eye(n)
MN850 | MN 10, the square of a linear form | a: m; X: m x n; b: n | X | (a'*X*b)^2 | hessian | 2*(a'*H*b)*a*b'
MN851 | MN 9.14, eigenvalue of X'*X | X: m x n | X | lambda_max(X'*X) | gradient | 2*X*eigenvector_max(X'*X)*eigenvector_max(X'*X)'
MN852 | after MN 8.4, the Hadamard product with the inverse | X: n x n invertible; A: n x n | X | tr(A*(X.*inv(X))) | gradient | A'.*inv(X)-(inv(X)*(A.*X')*inv(X))'
MN853 | MN 3.6 (Hadamard and trace) | A: m x n; X: m x n; B: m x n | X | tr((A.*X)'*B) | gradient | A.*B
MN854 | MN 2.4 (vec and trace) | X: m x n; A: m x n | X | vec(A)'*vec(X) | gradient | A
MN855 | MN 2.4, quadratic form in vec | X: m x n; A: m x m; B: n x n | X | vec(X)'*kron(B,A)*vec(X) | gradient | A*X*B'+A'*X*B
MN856 | MN 2.4, quadratic form in vec | X: m x n; A: m x m; B: n x n | X | vec(X)'*kron(B,A)*vec(X) | hessian | A*H*B'+A'*H*B
MN857 | MN 3.8 (vech), plain gradient | S: n x n symmetric | S | vech(S)'*vech(S) | gradient | 2*tril(S)
MN858 | MN 3.8 (vech) | S: n x n | S | vech(S) | differential | vech(H)
MN859 | MN 2.2, Kronecker product in the first factor | A: m*p x m*p; X: m x m; B: p x p | X | tr(A*kron(X,B)) | gradient | block_inner(A',B)
MN860 | MN 2.2, Kronecker product in the second factor | A: m*p x m*p; X: p x p; B: m x m | X | tr(A*kron(B,X)) | gradient | block_sum(A',B)
MN861 | MN 2.2, Kronecker product of vectors | a: m*n; x: m; y: n | x | a'*kron(x,y) | gradient | kron(eye(m),y')*a
MN862 | MN 2.3, det of a Kronecker product | X: m x m invertible; A: n x n invertible | X | det(kron(X,A)) | gradient | n*det(kron(X,A))*inv(X)'
MN863 | MN 2.3, log det of a Kronecker product | X: m x m positive definite; A: n x n positive definite | X | logdet(kron(A,X)) | gradient | n*inv(X)
MN864 | MN 2.2, trace of a Kronecker square | X: n x n | X | tr(kron(X,X)) | hessian | 2*tr(H)*eye(n)
MN865 | MN 8.4, the resolvent | A: n x n; t: scalar positive; a: n; b: n | t | a'*inv(A+t*eye(n))*b | gradient | -a'*inv(A+t*eye(n))^2*b
MI01 | Minka, matrix derivatives | A: m x n; X: n x m | X | tr(A*X) | gradient | A'
MI02 | Minka, matrix derivatives | A: n x m; X: m x n; B: n x n | X | tr(A*X*B*X'*X) | gradient | A'*X'*X*B'+X*A*X*B+X*B'*X'*A'
MI03 | Minka, matrix derivatives | A: n x n; X: n x n invertible; B: n x n | X | tr(A*inv(X)*B) | gradient | -(inv(X)*B*A*inv(X))'
MI04 | Minka, matrix derivatives | X: n x n invertible; k: integer | X | logdet(X^k) | gradient | k*inv(X)'
MI05 | Minka, the Hessian of an inverse quadratic form in a scalar | a: n; A: n x n positive definite; t: scalar positive | t | a'*inv(A+t*eye(n))*a | hessian | 2*a'*inv(A+t*eye(n))^3*a*H
MI06 | Minka, Gaussian maximum likelihood; plain gradient | V: n x n positive definite; S: n x n positive definite; t: scalar positive | V | -t/2*logdet(V)-tr(inv(V)*S)/2 | gradient | -t/2*inv(V)+inv(V)*S*inv(V)/2
MI07 | Minka, linear regression in the matrix | A: m x n; Y: m x N; X: n x N; V: m x m positive definite | A | tr(inv(V)*(Y-A*X)*(Y-A*X)') | gradient | -2*inv(V)*(Y-A*X)*X'
MI08 | Minka, diag | A: m x n; B: n x m; x: n | x | sum(diag(A*diag(x)*B)) | gradient | diag(B*A)
MI09 | Minka, Hadamard product in the trace | A: m x n; X: m x n; B: n x m | X | tr((A.*X)*B) | gradient | A.*B'
MI10 | Minka, determinant lemma | A: n x n invertible; u: n; v: n | u | det(A+u*v') | gradient | det(A)*inv(A)'*v
LU01 | Luetkepohl 10 (trace) | A: m x m; X: m x n; B: n x n | X | tr(X'*A*X*B) | gradient | A*X*B+A'*X*B'
LU02 | Luetkepohl 10 (trace) | X: m x n; A: n x m | X | tr(X*A*X*A) | gradient | 2*A'*X'*A'
LU03 | Luetkepohl 10 (trace of an inverse power) | X: n x n invertible; A: n x n | X | tr(A*inv(X)^2) | gradient | -(inv(X)*A*inv(X)^2+inv(X)^2*A*inv(X))'
LU04 | Luetkepohl 10 (trace of a negative power) | X: n x n invertible; k: integer | X | tr(inv(X)^k) | gradient | -k*(inv(X)^(k+1))'
LU05 | Luetkepohl 10 (determinant) | X: m x n; A: m x m positive definite | X | logdet(X'*inv(A)*X) | gradient | 2*inv(A)*X*inv(X'*inv(A)*X)
LU06 | Luetkepohl 10 (determinant) | A: n x n invertible; X: m x n; B: m x m | X | det(A+X'*B*X) | gradient | det(A+X'*B*X)*(B*X*inv(A+X'*B*X)+B'*X*inv(A+X'*B*X)')
LU07 | Luetkepohl 10 (product of two matrix functions) | X: n x n invertible; A: n x n | X | X*A*inv(X) | differential | H*A*inv(X)-X*A*inv(X)*H*inv(X)
LU08 | Luetkepohl 10 (vec) | x: n; A: m x n; B: p x m | A | B*A*x | differential | B*H*x
LU09 | Luetkepohl 10 (scalar function of a vector) | x: n; A: n x n symmetric | x | exp(x'*A*x) | gradient | 2*exp(x'*A*x)*A*x
LU10 | Luetkepohl 10 (scalar function of a vector) | x: n; A: n x n symmetric | x | exp(x'*A*x/2) | hessian | exp(x'*A*x/2)*(A*H+A*x*(x'*A*H))
LU11 | Luetkepohl 10 (quotient) | x: n; a: n; b: n | x | (a'*x)/(b'*x) | gradient | (a*(b'*x)-b*(a'*x))/(b'*x)^2
LU12 | Luetkepohl 10 (partitioned) | X: m x n; A: m x p | X | tr([X, A]*[X, A]') | gradient | 2*X
BV01 | BV A.4.1 (A.4: the gradient of log det); plain gradient | X: n x n positive definite | X | logdet(X) | gradient | inv(X)
BV02 | BV A.4.1, quadratic function, P symmetric | P: n x n symmetric; x: n; q: n; r: scalar | x | x'*P*x/2+q'*x+r | gradient | P*x+q
BV03 | BV A.4.3, quadratic function, P symmetric | P: n x n symmetric; x: n; q: n; r: scalar | x | x'*P*x/2+q'*x+r | hessian | P*H
BV04 | BV A.4.2, log of a sum of exponentials of affine functions | A: m x n; x: n; b: m | x | log(sum(exp(A*x+b))) | gradient | A'*exp(A*x+b)/sum(exp(A*x+b))
BV05 | BV A.4.4, log of a sum of exponentials of affine functions | A: m x n; x: n; b: m | x | logsumexp(A*x+b) | hessian | A'*(softmax(A*x+b).*(A*H))-A'*softmax(A*x+b)*(softmax(A*x+b)'*(A*H))
BV06 | BV 3.1.5 | x: n | x | log(sum(exp(x))) | gradient | exp(x)/sum(exp(x))
BV07 | BV 3.1.5 | x: n | x | log(sum(exp(x))) | hessian | exp(x).*H/sum(exp(x))-exp(x)*(exp(x)'*H)/sum(exp(x))^2
BV08 | BV A.4.3 (second order of log det) | X: n x n positive definite | X | logdet(X) | hessian | -inv(X)*H*inv(X)
BV09 | BV 9.2 (analytic centre) | A: m x n; b: m; x: n | x | -sum(log(b-A*x)) | gradient | A'*(ones(m)./(b-A*x))
BV10 | BV 9.2 (analytic centre) | A: m x n; b: m; x: n | x | -sum(log(b-A*x)) | hessian | A'*((A*H)./((b-A*x).*(b-A*x)))
BV11 | BV 3.1.5, quadratic over linear | x: n; t: scalar positive | x | x'*x/t | gradient | 2*x/t
BV12 | BV 3.1.5, quadratic over linear | x: n; t: scalar positive | t | x'*x/t | hessian | 2*(x'*x)/t^3*H
BV13 | BV 3.1.7 (matrix fractional) | x: n; Y: n x n positive definite | Y | x'*inv(Y)*x | gradient | -inv(Y)*x*x'*inv(Y)
BV14 | BV 3.1.7 (matrix fractional) | x: n; Y: n x n positive definite | Y | x'*inv(Y)*x | hessian | inv(Y)*H*inv(Y)*x*x'*inv(Y)+inv(Y)*x*x'*inv(Y)*H*inv(Y)
BV15 | BV 7.1.1, logistic regression | a: n; x: n; b: scalar | x | log(1+exp(a'*x+b)) | gradient | exp(a'*x+b)/(1+exp(a'*x+b))*a
BV16 | BV 7.1.1, logistic regression | a: n; x: n; b: scalar | x | log(1+exp(a'*x+b)) | hessian | exp(a'*x+b)/(1+exp(a'*x+b))^2*a*(a'*H)
BV17 | BV 3.1.5, negative entropy | x: n positive | x | sum(x.*log(x)) | gradient | log(x)+ones(n)
BV18 | BV 3.1.5, negative entropy | x: n positive | x | sum(x.*log(x)) | hessian | H./x
BV19 | BV 3.1.5, relative entropy | x: n positive; y: n positive | x | sum(x.*log(x./y)-x+y) | gradient | log(x./y)
BV20 | BV 6.1.2, logarithmic barrier | x: n positive | x | -sum(log(x)) | hessian | H./(x.*x)
BV21 | BV 6.3, smoothing | x: n; D: m x n; b: n; t: scalar positive | x | norm2(x-b)^2+t*norm2(D*x)^2 | gradient | 2*(x-b)+2*t*D'*D*x
BV22 | BV 3.5 (log-concavity) | X: n x n positive definite | X | tr(inv(X)) | gradient | -inv(X)^2
BV23 | BV 3.1.5, geometric mean by logarithms | x: n positive | x | exp(sum(log(x))/n) | gradient | exp(sum(log(x))/n)/n*(ones(n)./x)
BV24 | BV 3.1.5, the sum of powers | x: n positive | x | sum(ones(n)./x) | hessian | 2*H./(x.*x.*x)
BV25 | BV 6.1, penalty functions: the square root loss | x: n | x | sum(sqrt(ones(n)+x.*x)) | gradient | x./sqrt(ones(n)+x.*x)
BV26 | BV 6.1, penalty functions: the square root loss | x: n | x | sum(sqrt(ones(n)+x.*x)) | hessian | H./((ones(n)+x.*x).*sqrt(ones(n)+x.*x))
BV27 | BV 6.3.2, the l1 regularised least squares | X: m x n; y: m; w: n; t: scalar positive | w | norm2(X*w-y)^2/2+t*norm1(w) | gradient | X'*(X*w-y)+t*sign(w)
BV28 | BV 6.1, the norm of a residual | A: m x n; b: m; x: n | x | norm2(A*x-b) | gradient | A'*(A*x-b)/norm2(A*x-b)
BV29 | BV 6.1, the norm of a residual | A: m x n; b: m; x: n | x | norm2(A*x-b) | hessian | A'*(A*H)/norm2(A*x-b)-A'*(A*x-b)*((A*x-b)'*A*H)/norm2(A*x-b)^3
PR0312 | PRML 3.12 | X: m x n; w: n; t: m | w | norm2(t-X*w)^2/2 | gradient | -X'*(t-X*w)
PR0313 | PRML 3.13, by samples | t_i: scalar; x_i: n; w: n; i: 1..N | w | sum_i (t_i-w'*x_i)^2/2 | gradient | -sum_i (t_i-w'*x_i)*x_i
PR0327 | PRML 3.27, ridge | X: m x n; w: n; t: m; l: scalar positive | w | norm2(t-X*w)^2/2+l/2*w'*w | gradient | X'*(X*w-t)+l*w
PR0327b | PRML 3.27, ridge | X: m x n; w: n; t: m; l: scalar positive | w | norm2(t-X*w)^2/2+l/2*w'*w | hessian | X'*(X*H)+l*H
PR0328 | PRML 3.28, the ridge solution in the regulariser | X: m x n; t: m; l: scalar positive | l | inv(l*eye(n)+X'*X)*X'*t | differential | -inv(l*eye(n)+X'*X)^2*X'*t*H
PR0333 | PRML 3.33, several outputs | X: m x n; W: n x p; T: m x p; b: scalar positive | W | -b/2*norm2(T-X*W)^2 | gradient | b*X'*(T-X*W)
PR0386 | PRML 3.86, the evidence in alpha with m_N held fixed | a: scalar positive; A: n x n positive definite; m: n | a | n/2*log(a)-a/2*m'*m-logdet(A+a*eye(n))/2 | gradient | n/(2*a)-m'*m/2-tr(inv(A+a*eye(n)))/2
PR0490 | PRML 4.91 | X: m x n; w: n; t: m | w | -t'*log(sigmoid(X*w))-(ones(m)-t)'*log(1-sigmoid(X*w)) | gradient | X'*(sigmoid(X*w)-t)
PR0491 | PRML 4.91, by samples | t_i: scalar; x_i: n; w: n; i: 1..N | w | -sum_i (t_i*log(sigmoid(w'*x_i))+(1-t_i)*log(1-sigmoid(w'*x_i))) | gradient | sum_i (sigmoid(w'*x_i)-t_i)*x_i
PR0497 | PRML 4.97 | X: m x n; w: n; t: m | w | sum(softplus(X*w))-t'*X*w | hessian | X'*(sigmoid(X*w).*(1-sigmoid(X*w)).*(X*H))
PR0109 | PRML 4.109, targets that sum to 1 | W: m x n; x: n; t: m probability | W | -t'*log(softmax(W*x)) | gradient | (softmax(W*x)-t)*x'
PR0110 | PRML 4.110 | W: m x n; x: n; t: m probability | W | -t'*log(softmax(W*x)) | hessian | (softmax(W*x).*(H*x)-softmax(W*x)*(softmax(W*x)'*H*x))*x'
PR0106 | PRML 4.106, the softmax | x: n | x | softmax(x) | differential | softmax(x).*H-softmax(x)*(softmax(x)'*H)
PR0488 | PRML 4.88 | x: n | x | sigmoid(x) | differential | sigmoid(x).*(1-sigmoid(x)).*H
PR0118 | PRML 2.118, the mean of one sample | x: n; mu: n; Sigma: n x n positive definite | mu | -logdet(Sigma)/2-(x-mu)'*inv(Sigma)*(x-mu)/2 | gradient | inv(Sigma)*(x-mu)
PR0120 | PRML 2.120 | x_i: n; mu: n; Sigma: n x n positive definite; i: 1..N | mu | -N/2*logdet(Sigma)-sum_i (x_i-mu)'*inv(Sigma)*(x_i-mu)/2 | gradient | sum_i inv(Sigma)*(x_i-mu)
PR0122 | PRML 2.122, the covariance; plain gradient | x_i: n; mu: n; Sigma: n x n positive definite; i: 1..N | Sigma | -N/2*logdet(Sigma)-sum_i (x_i-mu)'*inv(Sigma)*(x_i-mu)/2 | gradient | -N/2*inv(Sigma)+inv(Sigma)*(sum_i (x_i-mu)*(x_i-mu)')*inv(Sigma)/2
PR0122b | PRML 2.122, the precision; plain gradient | x_i: n; mu: n; L: n x n positive definite; i: 1..N | L | N/2*logdet(L)-sum_i (x_i-mu)'*L*(x_i-mu)/2 | gradient | N/2*inv(L)-(sum_i (x_i-mu)*(x_i-mu)')/2
PR0122c | PRML 2.118, the mean | x: n; mu: n; Sigma: n x n positive definite | mu | (x-mu)'*inv(Sigma)*(x-mu)/2 | hessian | inv(Sigma)*H
PR0122d | PRML 2.122, the covariance, second order | Sigma: n x n positive definite; S: n x n positive definite | Sigma | logdet(Sigma)+tr(inv(Sigma)*S) | hessian | inv(Sigma)*H*inv(Sigma)*S*inv(Sigma)+inv(Sigma)*S*inv(Sigma)*H*inv(Sigma)-inv(Sigma)*H*inv(Sigma)
PR0122e | PRML 2.122, the precision, second order | L: n x n positive definite; S: n x n symmetric | L | tr(S*L)-logdet(L) | hessian | inv(L)*H*inv(L)
PR0243 | PRML 2.43, the density itself in its argument | x: n; mu: n; Sigma: n x n positive definite | x | exp(-(x-mu)'*inv(Sigma)*(x-mu)/2)/sqrt(det(Sigma)) | gradient | -exp(-(x-mu)'*inv(Sigma)*(x-mu)/2)/sqrt(det(Sigma))*inv(Sigma)*(x-mu)
PR0259 | PRML 2.159, Student's t | x: n; mu: n; L: n x n positive definite; v: scalar positive | x | -(v+n)/2*log(1+(x-mu)'*L*(x-mu)/v) | gradient | -(v+n)*L*(x-mu)/(v+(x-mu)'*L*(x-mu))
PR0255 | PRML 2.155, Wishart; plain gradient | L: n x n positive definite; W: n x n positive definite; v: scalar positive | L | (v-n-1)/2*logdet(L)-tr(inv(W)*L)/2 | gradient | (v-n-1)/2*inv(L)-inv(W)/2
PR0C20 | PRML C.21 | A: n x n invertible; B: n x n; t: scalar | t | tr(inv(A+t*B)) | gradient | -tr(inv(A+t*B)*B*inv(A+t*B))
PR0C22 | PRML C.22 | A: n x n positive definite; B: n x n positive definite; t: scalar positive | t | logdet(A+t*B) | gradient | tr(inv(A+t*B)*B)
PR0C24 | PRML C.24 | A: m x n; B: n x m | A | tr(A*B) | gradient | B'
PR0C25 | PRML C.25 | A: m x n; B: m x n | A | tr(A'*B) | gradient | B
PR0C27 | PRML C.27 | A: m x n; B: n x n | A | tr(A*B*A') | gradient | A*(B+B')
PR0C28 | PRML C.28 | A: n x n invertible | A | logdet(A) | gradient | inv(A)'
PR1244 | PRML 12.44, probabilistic PCA in W (Tipping & Bishop A.1), c samples | W: m x q; s: scalar positive; S: m x m positive definite; c: scalar positive | W | -c/2*(logdet(W*W'+s*eye(m))+tr(inv(W*W'+s*eye(m))*S)) | gradient | c*(inv(W*W'+s*eye(m))*S*inv(W*W'+s*eye(m))*W-inv(W*W'+s*eye(m))*W)
PR1244b | PRML 12.44, probabilistic PCA in the noise variance | W: m x q; s: scalar positive; S: m x m positive definite | s | logdet(W*W'+s*eye(m))+tr(inv(W*W'+s*eye(m))*S) | gradient | tr(inv(W*W'+s*eye(m)))-tr(inv(W*W'+s*eye(m))*S*inv(W*W'+s*eye(m)))
PR1244c | PRML 12.43, the determinant of probabilistic PCA | W: m x q; s: scalar positive | W | logdet(W*W'+s*eye(m)) | hessian | 2*inv(W*W'+s*eye(m))*H-2*inv(W*W'+s*eye(m))*(H*W'+W*H')*inv(W*W'+s*eye(m))*W
PR1265 | PRML 12.65, factor analysis in W | W: m x q; psi: m positive; S: m x m positive definite | W | logdet(W*W'+diag(psi))+tr(inv(W*W'+diag(psi))*S) | gradient | 2*inv(W*W'+diag(psi))*(W*W'+diag(psi)-S)*inv(W*W'+diag(psi))*W
PR1265b | PRML 12.65, factor analysis in the noise | W: m x q; psi: m positive; S: m x m positive definite | psi | logdet(W*W'+diag(psi))+tr(inv(W*W'+diag(psi))*S) | gradient | diag(inv(W*W'+diag(psi))*(W*W'+diag(psi)-S)*inv(W*W'+diag(psi)))
PR1265c | PRML 12.65, the noise as a diagonal matrix; plain gradient | W: m x q; D: m x m diagonal positive; S: m x m positive definite | D | logdet(W*W'+D)+tr(inv(W*W'+D)*S) | gradient | inv(W*W'+D)-inv(W*W'+D)*S*inv(W*W'+D)
PR1209 | PRML 12.4, PCA: the Lagrangian | u: n; S: n x n symmetric; l: scalar | u | u'*S*u+l*(1-u'*u) | gradient | 2*S*u-2*l*u
PR1215 | PRML 12.11, PCA: the reconstruction error | X: m x n; W: n x p | W | norm2(X-X*W*W')^2 | gradient | 2*((X*W*W'-X)'*X*W+X'*(X*W*W'-X)*W)
PR0426 | PRML 4.26, Fisher's criterion | w: n; S_B: n x n symmetric; S_W: n x n positive definite | w | (w'*S_B*w)/(w'*S_W*w) | gradient | 2*((w'*S_W*w)*S_B*w-(w'*S_B*w)*S_W*w)/(w'*S_W*w)^2
PR0451 | PRML 4.51, Fisher's criterion for several classes | W: m x n; S_B: m x m symmetric; S_W: m x m positive definite | W | tr(inv(W'*S_W*W)*(W'*S_B*W)) | gradient | 2*S_B*W*inv(W'*S_W*W)-2*S_W*W*inv(W'*S_W*W)*W'*S_B*W*inv(W'*S_W*W)
PR0670 | PRML 6.70 with C = t*A+B | A: n x n positive definite; B: n x n positive definite; y: n; t: scalar positive | t | -logdet(t*A+B)/2-y'*inv(t*A+B)*y/2 | gradient | -tr(inv(t*A+B)*A)/2+y'*inv(t*A+B)*A*inv(t*A+B)*y/2
PR0554 | PRML 5.54, two layers in the second | W: p x m; U: m x n; x: n; t: p | W | norm2(W*tanh(U*x)-t)^2/2 | gradient | (W*tanh(U*x)-t)*tanh(U*x)'
PR0556 | PRML 5.56, two layers in the first | W: p x m; U: m x n; x: n; t: p | U | norm2(W*tanh(U*x)-t)^2/2 | gradient | ((W'*(W*tanh(U*x)-t)).*(1-tanh(U*x).*tanh(U*x)))*x'
PR0557 | PRML 5.56, two layers in the input | W: p x m; U: m x n; x: n; t: p | x | norm2(W*tanh(U*x)-t)^2/2 | gradient | U'*((W'*(W*tanh(U*x)-t)).*(1-tanh(U*x).*tanh(U*x)))
PR0558 | PRML 5.4, the Hessian in the second layer | W: p x m; U: m x n; x: n; t: p | W | norm2(W*tanh(U*x)-t)^2/2 | hessian | H*tanh(U*x)*tanh(U*x)'
MU0410 | MLAPP 4.10 | a: n; A: n x n | a | a'*A*a | gradient | (A+A')*a
MU0410b | MLAPP 4.10 | A: n x m; B: m x n | A | tr(B*A) | gradient | B'
MU0732 | MLAPP 7.32, ridge divided by the number of samples | X: N x n; y: N; w: n; l: scalar positive | w | norm2(y-X*w)^2/N+l*norm2(w)^2 | gradient | 2*X'*(X*w-y)/N+2*l*w
MU0805 | MLAPP 8.5, with a penalty | X: N x n; y: N; w: n; l: scalar positive | w | sum(softplus(X*w))-y'*X*w+l*w'*w | gradient | X'*(sigmoid(X*w)-y)+2*l*w
MU0807 | MLAPP 8.7, with a penalty | X: N x n; y: N; w: n; l: scalar positive | w | sum(softplus(X*w))-y'*X*w+l*w'*w | hessian | X'*diag(sigmoid(X*w).*(1-sigmoid(X*w)))*X*H+2*l*H
MU0838 | MLAPP 8.38, softmax regression over a batch; rows are samples | X: N x n; W: n x p; Y: N x p | W | -sum(Y.*log(rowsoftmax(X*W))) | gradient | X'*(diag(rowsum(Y))*rowsoftmax(X*W)-Y)
MU0838b | PML 10.3, softmax regression with one-hot rows, sum over samples | x_i: n; y_i: p probability; W: p x n; i: 1..N | W | -sum_i y_i'*log(softmax(W*x_i)) | gradient | sum_i (softmax(W*x_i)-y_i)*x_i'
MU0930 | MLAPP 9.3, Poisson regression | X: N x n; y: N; w: n | w | sum(exp(X*w))-y'*X*w | gradient | X'*(exp(X*w)-y)
MU0931 | MLAPP 9.3, Poisson regression | X: N x n; y: N; w: n | w | sum(exp(X*w))-y'*X*w | hessian | X'*(exp(X*w).*(X*H))
MU0740 | MLAPP 7.4, the Gaussian log likelihood in the noise variance | X: N x n; y: N; w: n; s: scalar positive | s | -N/2*log(s)-norm2(y-X*w)^2/(2*s) | gradient | -N/(2*s)+norm2(y-X*w)^2/(2*s^2)
MU0741 | MLAPP 7.4, the Gaussian log likelihood in the noise variance | X: N x n; y: N; w: n; s: scalar positive | s | -N/2*log(s)-norm2(y-X*w)^2/(2*s) | hessian | (N/(2*s^2)-norm2(y-X*w)^2/s^3)*H
MU1227 | MLAPP 12.2, the marginal of factor analysis in one sample's mean | x: m; mu: m; W: m x q; D: m x m positive definite | mu | (x-mu)'*inv(W*W'+D)*(x-mu) | gradient | -2*inv(W*W'+D)*(x-mu)
MU0781 | PML 7.8.7 | a: m; X: m x n; b: n | X | exp(a'*X*b) | gradient | exp(a'*X*b)*a*b'
GP0509 | GPML 5.9 with the kernel t^2*K+s*I in the signal | K: n x n positive definite; y: n; t: scalar positive; s: scalar positive | t | -y'*inv(t^2*K+s*eye(n))*y/2-logdet(t^2*K+s*eye(n))/2 | gradient | t*y'*inv(t^2*K+s*eye(n))*K*inv(t^2*K+s*eye(n))*y-t*tr(inv(t^2*K+s*eye(n))*K)
GP0509b | GPML 5.9 in the noise variance | K: n x n positive definite; y: n; s: scalar positive | s | -y'*inv(K+s*eye(n))*y/2-logdet(K+s*eye(n))/2 | gradient | y'*inv(K+s*eye(n))^2*y/2-tr(inv(K+s*eye(n)))/2
GP0509c | GPML 5.9 in the kernel matrix; plain gradient | K: n x n positive definite; y: n | K | -y'*inv(K)*y/2-logdet(K)/2 | gradient | (inv(K)*y*y'*inv(K)-inv(K))/2
GP0509d | GPML 5.9 with a squared exponential kernel of distances D in the length | D: n x n symmetric; y: n; l: scalar positive; s: scalar positive | l | y'*(exp(-D.*D/(2*l^2))+s*eye(n))*y/2 | gradient | y'*(D.*D.*exp(-D.*D/(2*l^2)))*y/(2*l^3)
GP0225 | GPML 2.25, the predictive mean in the targets | K: n x n positive definite; k: n; y: n; s: scalar positive | y | k'*inv(K+s*eye(n))*y | gradient | inv(K+s*eye(n))*k
GP0226 | GPML 2.26, the predictive variance in the cross covariances | K: n x n positive definite; k: n; s: scalar positive; t: scalar | k | t-k'*inv(K+s*eye(n))*k | hessian | -2*inv(K+s*eye(n))*H
KA01 | Kalman gain (Gelb 4.2; the measurement matrix is C) | P: n x n positive definite; C: m x n; R: m x m positive definite; K: n x m | K | tr((eye(n)-K*C)*P*(eye(n)-K*C)'+K*R*K') | gradient | -2*P*C'+2*K*(C*P*C'+R)
KA02 | Kalman gain, multiplied out | P: n x n positive definite; C: m x n; S: m x m positive definite; K: n x m | K | tr(P-K*C*P-P*C'*K'+K*S*K') | gradient | -2*P*C'+2*K*S
KA03 | Kalman gain, second order | P: n x n positive definite; C: m x n; S: m x m positive definite; K: n x m | K | tr(P-K*C*P-P*C'*K'+K*S*K') | hessian | 2*H*S
KA04 | Kalman filter, the innovation's likelihood in the prediction | y: m; C: m x n; x: n; S: m x m positive definite | x | (y-C*x)'*inv(S)*(y-C*x)/2 | gradient | -C'*inv(S)*(y-C*x)
KA05 | Kalman filter, the information form of the update in the covariance | P: n x n positive definite; C: m x n; R: m x m positive definite | P | P-P*C'*inv(C*P*C'+R)*C*P | differential | (eye(n)-P*C'*inv(C*P*C'+R)*C)*H*(eye(n)-C'*inv(C*P*C'+R)*C*P)
MA01 | Mahalanobis distance | x: n; mu: n; S: n x n positive definite | x | sqrt((x-mu)'*inv(S)*(x-mu)) | gradient | inv(S)*(x-mu)/sqrt((x-mu)'*inv(S)*(x-mu))
MA02 | Mahalanobis distance in the covariance; plain gradient | x: n; mu: n; S: n x n positive definite | S | sqrt((x-mu)'*inv(S)*(x-mu)) | gradient | -inv(S)*(x-mu)*(x-mu)'*inv(S)/(2*sqrt((x-mu)'*inv(S)*(x-mu)))
MA03 | metric learning (Xing et al.) in the metric; plain gradient | x: n; y: n; M: n x n symmetric | M | (x-y)'*M*(x-y) | gradient | (x-y)*(x-y)'
MA04 | metric learning in the factor (Weinberger & Saul) | L: m x n; x: n; y: n | L | norm2(L*(x-y))^2 | gradient | 2*L*(x-y)*(x-y)'
MA05 | metric learning, a triplet's smooth loss | L: m x n; a: n; b: n | L | softplus(1+norm2(L*a)^2-norm2(L*b)^2) | gradient | 2*sigmoid(1+norm2(L*a)^2-norm2(L*b)^2)*L*(a*a'-b*b')
MA06 | log det divergence (Davis et al.); plain gradient | A: n x n positive definite; B: n x n positive definite | A | tr(A*inv(B))-logdet(A*inv(B))-n | gradient | inv(B)-inv(A)
MA07 | metric learning over pairs | X: n x N; L: m x n | L | tr(L*X*X'*L') | gradient | 2*L*X*X'
RQ01 | Rayleigh quotient, A symmetric | x: n; A: n x n symmetric | x | (x'*A*x)/(x'*x) | gradient | 2*(A*x-(x'*A*x)/(x'*x)*x)/(x'*x)
RQ02 | Rayleigh quotient, A not symmetric | x: n; A: n x n | x | (x'*A*x)/(x'*x) | gradient | (A*x+A'*x)/(x'*x)-2*(x'*A*x)/(x'*x)^2*x
RQ03 | Rayleigh quotient, second order, A symmetric | x: n; A: n x n symmetric | x | (x'*A*x)/(x'*x) | hessian | 2*(A*H-(x'*A*x)/(x'*x)*H-2*A*x*(x'*H)/(x'*x)-2*x*(x'*A*H)/(x'*x)+4*(x'*A*x)/(x'*x)^2*x*(x'*H))/(x'*x)
RQ04 | generalised Rayleigh quotient | x: n; A: n x n symmetric; B: n x n positive definite | x | (x'*A*x)/(x'*B*x) | gradient | 2*(A*x-(x'*A*x)/(x'*B*x)*B*x)/(x'*B*x)
RQ05 | trace quotient | X: m x n; A: m x m symmetric; B: m x m positive definite | X | tr(X'*A*X)/tr(X'*B*X) | gradient | 2*(A*X-tr(X'*A*X)/tr(X'*B*X)*B*X)/tr(X'*B*X)
RQ06 | trace ratio, logarithms | X: m x n; A: m x m positive definite; B: m x m positive definite | X | log(tr(X'*A*X))-log(tr(X'*B*X)) | gradient | 2*A*X/tr(X'*A*X)-2*B*X/tr(X'*B*X)
RQ07 | trace over orthonormal columns; plain gradient | X: m x n orthogonal; A: m x m symmetric | X | tr(X'*A*X) | gradient | 2*A*X
RQ08 | Procrustes problem; plain gradient | Q: n x n orthogonal; A: n x m; B: n x m | Q | norm2(Q*A-B)^2 | gradient | 2*(Q*A-B)*A'
RQ09 | Brockett's cost; plain gradient | X: m x n orthogonal; A: m x m symmetric; D: n x n diagonal | X | tr(X'*A*X*D) | gradient | 2*A*X*D
RQ10 | canonical correlation | a: m; b: n; S: m x n; A: m x m positive definite; B: n x n positive definite | a | (a'*S*b)/sqrt((a'*A*a)*(b'*B*b)) | gradient | (S*b-(a'*S*b)/(a'*A*a)*A*a)/sqrt((a'*A*a)*(b'*B*b))
RQ11 | canonical correlation, the other vector | a: m; b: n; S: m x n; A: m x m positive definite; B: n x n positive definite | b | (a'*S*b)/(sqrt(a'*A*a)*sqrt(b'*B*b)) | gradient | (S'*a-(a'*S*b)/(b'*B*b)*B*b)/(sqrt(a'*A*a)*sqrt(b'*B*b))
RQ12 | canonical correlation, the Lagrangian in matrices | U: m x p; V: n x p; S: m x n | U | tr(U'*S*V) | gradient | S*V
MF01 | matrix factorisation (Koren) | A: m x n; U: m x p; V: n x p; l: scalar positive | U | norm2(A-U*V')^2+l*norm2(U)^2 | gradient | -2*(A-U*V')*V+2*l*U
MF02 | matrix factorisation, the other factor | A: m x n; U: m x p; V: n x p; l: scalar positive | V | norm2(A-U*V')^2+l*norm2(V)^2 | gradient | -2*(A-U*V')'*U+2*l*V
MF03 | matrix factorisation, second order | A: m x n; U: m x p; V: n x p; l: scalar positive | U | norm2(A-U*V')^2+l*norm2(U)^2 | hessian | 2*H*V'*V+2*l*H
MF04 | matrix completion with a mask | A: m x n; M: m x n; U: m x p; V: n x p | V | norm2(M.*(A-U*V'))^2/2 | gradient | -(M.*M.*(A-U*V'))'*U
MF05 | non-negative factorisation by divergence (Lee & Seung) | A: m x n positive; W: m x p positive; V: p x n positive | W | sum(A.*log(A./(W*V))-A+W*V) | gradient | (ones(m,n)-A./(W*V))*V'
MF06 | non-negative factorisation by divergence, the other factor | A: m x n positive; W: m x p positive; V: p x n positive | V | sum(W*V-A.*log(W*V)) | gradient | W'*(ones(m,n)-A./(W*V))
MF07 | symmetric factorisation, A symmetric | A: m x m symmetric; U: m x n | U | norm2(A-U*U')^2 | gradient | -4*(A-U*U')*U
MF08 | symmetric factorisation, second order | A: m x m symmetric; U: m x n | U | norm2(A-U*U')^2 | hessian | -4*(A-U*U')*H+4*(H*U'+U*H')*U
MF09 | tri-factorisation, the middle factor | A: m x n; U: m x p; S: p x q; V: n x q | S | norm2(A-U*S*V')^2 | gradient | -2*U'*(A-U*S*V')*V
MF10 | tri-factorisation, the middle factor, second order | A: m x n; U: m x p; S: p x q; V: n x q | S | norm2(A-U*S*V')^2 | hessian | 2*U'*U*H*V'*V
MF11 | logistic matrix factorisation | Y: m x n; U: m x p; V: n x p | U | sum(softplus(U*V'))-sum(Y.*(U*V')) | gradient | (sigmoid(U*V')-Y)*V
MF12 | weighted least squares for word vectors (GloVe), with biases | A: m x n; M: m x n positive; U: m x p; V: n x p; b: m | b | sum(M.*(U*V'+b*ones(1,n)-A).*(U*V'+b*ones(1,n)-A)) | gradient | 2*rowsum(M.*(U*V'+b*ones(1,n)-A))
KL01 | KL of two Gaussians in the first mean | u: n; v: n; S: n x n positive definite; V: n x n positive definite | u | (tr(inv(V)*S)+(v-u)'*inv(V)*(v-u)-n+logdet(V)-logdet(S))/2 | gradient | inv(V)*(u-v)
KL02 | KL of two Gaussians in the first covariance; plain gradient | u: n; v: n; S: n x n positive definite; V: n x n positive definite | S | (tr(inv(V)*S)+(v-u)'*inv(V)*(v-u)-n+logdet(V)-logdet(S))/2 | gradient | (inv(V)-inv(S))/2
KL03 | KL of two Gaussians in the second covariance; plain gradient | u: n; v: n; S: n x n positive definite; V: n x n positive definite | V | (tr(inv(V)*S)+(v-u)'*inv(V)*(v-u)-n+logdet(V)-logdet(S))/2 | gradient | (inv(V)-inv(V)*(S+(v-u)*(v-u)')*inv(V))/2
KL04 | KL of two Gaussians in the first covariance, second order | S: n x n positive definite; V: n x n positive definite | S | (tr(inv(V)*S)+logdet(V)-logdet(S))/2 | hessian | inv(S)*H*inv(S)/2
KL05 | KL to the standard normal of a factor (Kingma & Welling) | mu: n; L: n x n lower invertible | L | (tr(L*L')+mu'*mu-n-2*logdet(L))/2 | gradient | L-inv(L)'
KL06 | KL to the standard normal with log variances (Kingma & Welling B) | mu: n; v: n | v | -sum(ones(n)+v-mu.*mu-exp(v))/2 | gradient | (exp(v)-ones(n))/2
KL07 | squared Bures distance, the trace of the cross term for commuting covariances: B = I; plain gradient | A: n x n positive definite | A | tr(A)+n-2*tr(sqrtm(A)) | gradient | eye(n)-inv(sqrtm(A))
KL08 | Gaussian likelihood in the Cholesky factor of the covariance | S: n x n positive definite; L: n x n lower invertible | L | 2*logdet(L)+tr(inv(L*L')*S) | gradient | 2*inv(L)'-2*inv(L*L')*S*inv(L)'
KL09 | Gaussian likelihood in the Cholesky factor of the precision | S: n x n positive definite; L: n x n lower invertible | L | -2*logdet(L)+tr(L*L'*S) | gradient | -2*inv(L)'+2*S*L
ML01 | lecture mlp-derivative-W | W: m x n; x: m | W | sigmoid(W'*x) | differential | diag(sigmoid(W'*x).*(1-sigmoid(W'*x)))*H'*x
ML02 | lecture mlp-derivative-phi | W: m x n; x: m | x | sigmoid(W'*x) | differential | diag(sigmoid(W'*x).*(1-sigmoid(W'*x)))*W'*H
ML03 | lecture mlp-gradient-W1, three layers of tanh and E = norm2(.-y)^2 | W1: m x n; W2: n x p; W3: p x q; x: m; y: q | W1 | norm2(tanh(W3'*tanh(W2'*tanh(W1'*x)))-y)^2 | gradient | 2*x*(tanh(W3'*tanh(W2'*tanh(W1'*x)))-y)'*diag(1-tanh(W3'*tanh(W2'*tanh(W1'*x))).^2)*W3'*diag(1-tanh(W2'*tanh(W1'*x)).^2)*W2'*diag(1-tanh(W1'*x).^2)
ML04 | lecture mlp-chain, the second layer of three | W1: m x n; W2: n x p; W3: p x q; x: m; y: q | W2 | norm2(tanh(W3'*tanh(W2'*tanh(W1'*x)))-y)^2 | gradient | 2*tanh(W1'*x)*(tanh(W3'*tanh(W2'*tanh(W1'*x)))-y)'*diag(1-tanh(W3'*tanh(W2'*tanh(W1'*x))).^2)*W3'*diag(1-tanh(W2'*tanh(W1'*x)).^2)
ML05 | a layer over a batch, columns are samples | W: m x n; X: n x N; b: m; Y: m x N | W | norm2(sigmoid(W*X+b*ones(1,N))-Y)^2/2 | gradient | ((sigmoid(W*X+b*ones(1,N))-Y).*sigmoid(W*X+b*ones(1,N)).*(1-sigmoid(W*X+b*ones(1,N))))*X'
ML06 | a layer over a batch, the bias | W: m x n; X: n x N; b: m; Y: m x N | b | norm2(tanh(W*X+b*ones(1,N))-Y)^2/2 | gradient | rowsum((tanh(W*X+b*ones(1,N))-Y).*(1-tanh(W*X+b*ones(1,N)).^2))
ML07 | a relu layer | W: m x n; x: n; y: m | W | norm2(relu(W*x)-y)^2/2 | gradient | ((relu(W*x)-y).*step(W*x))*x'
ML08 | two layers of relu and softmax, the first weights | W: p x m; U: m x n; x: n; y: p probability | U | -y'*log(softmax(W*relu(U*x))) | gradient | ((W'*(softmax(W*relu(U*x))-y)).*step(U*x))*x'
ML09 | two layers of relu and softmax, the second weights | W: p x m; U: m x n; x: n; y: p probability | W | -y'*log(softmax(W*relu(U*x))) | gradient | (softmax(W*relu(U*x))-y)*relu(U*x)'
ML10 | linear autoencoder, the encoder | W: n x m; V: m x n; X: n x N | V | norm2(X-W*V*X)^2 | gradient | -2*W'*(X-W*V*X)*X'
ML11 | linear autoencoder, the decoder | W: n x m; V: m x n; X: n x N | W | norm2(X-W*V*X)^2 | gradient | -2*(X-W*V*X)*X'*V'
ML12 | residual layer | W: n x n; x: n; y: n | x | norm2(x+tanh(W*x)-y)^2/2 | gradient | x+tanh(W*x)-y+W'*((1-tanh(W*x).^2).*(x+tanh(W*x)-y))
ML13 | a gate (GLU) | W: m x n; V: m x n; x: n; a: m | W | a'*((V*x).*sigmoid(W*x)) | gradient | (a.*(V*x).*sigmoid(W*x).*(1-sigmoid(W*x)))*x'
ML14 | bilinear layer | A: n x n; x: n; y: n; b: scalar | A | sigmoid(x'*A*y+b) | gradient | sigmoid(x'*A*y+b)*(1-sigmoid(x'*A*y+b))*x*y'
ML15 | batch sum of a linear layer | x_i: n; y_i: m; W: m x n; i: 1..N | W | sum_i norm2(y_i-W*x_i)^2 | gradient | -2*sum_i (y_i-W*x_i)*x_i'
ML16 | batch sum of a linear layer, second order | x_i: n; y_i: m; W: m x n; i: 1..N | W | sum_i norm2(y_i-W*x_i)^2 | hessian | 2*sum_i H*x_i*x_i'
ML17 | batch sum of a nonlinear layer | x_i: n; y_i: scalar; w: n; i: 1..N | w | sum_i (y_i-tanh(w'*x_i))^2 | gradient | -2*sum_i (y_i-tanh(w'*x_i))*(1-tanh(w'*x_i)^2)*x_i
ML18 | weight decay beside a batch sum | x_i: n; y_i: scalar; w: n; l: scalar; i: 1..N | w | sum_i (y_i-x_i'*w)^2/N+l*w'*w | gradient | -2*(sum_i (y_i-x_i'*w)*x_i)/N+2*l*w
ML19 | squared hinge | X: N x n; y: N; w: n | w | sum(relu(ones(N)-y.*(X*w)).^2) | gradient | -2*X'*(y.*relu(ones(N)-y.*(X*w)))
ML20 | hinge | X: N x n; y: N; w: n | w | sum(relu(ones(N)-y.*(X*w))) | gradient | -X'*(y.*step(ones(N)-y.*(X*w)))
ML21 | attention in the values | Q: m x d; K: n x d; V: n x p; G: m x p | V | sum(G.*(rowsoftmax(Q*K'/sqrt(d))*V)) | gradient | rowsoftmax(Q*K'/sqrt(d))'*G
ML22 | attention in the queries | Q: m x d; K: n x d; V: n x p; G: m x p | Q | sum(G.*(rowsoftmax(Q*K'/sqrt(d))*V)) | gradient | (rowsoftmax(Q*K'/sqrt(d)).*(G*V'-rowsum(rowsoftmax(Q*K'/sqrt(d)).*(G*V'))*ones(1,n)))*K/sqrt(d)
ML23 | attention in the keys | Q: m x d; K: n x d; V: n x p; G: m x p | K | sum(G.*(rowsoftmax(Q*K'/sqrt(d))*V)) | gradient | (rowsoftmax(Q*K'/sqrt(d)).*(G*V'-rowsum(rowsoftmax(Q*K'/sqrt(d)).*(G*V'))*ones(1,n)))'*Q/sqrt(d)
ML24 | attention in the weights of the queries | X: m x n; W: n x d; K: p x d; V: p x q; G: m x q | W | sum(G.*(rowsoftmax(X*W*K')*V)) | gradient | X'*(rowsoftmax(X*W*K').*(G*V'-rowsum(rowsoftmax(X*W*K').*(G*V'))*ones(1,p)))*K
ML25 | attention, the differential in the values | Q: m x d; K: n x d; V: n x p | V | rowsoftmax(Q*K')*V | differential | rowsoftmax(Q*K')*H
ML26 | one query's attention, the differential | q: d; K: n x d; V: n x p | q | V'*softmax(K*q) | differential | V'*(softmax(K*q).*(K*H)-softmax(K*q)*(softmax(K*q)'*K*H))
ML27 | layer normalisation (Ba et al.) | x: n; a: n; s: scalar positive | x | a'*layernorm(x,s) | gradient | (a-mean(a)*ones(n)-layernorm(x,s)*(layernorm(x,s)'*a)/n)/sqrt(norm2(x-mean(x)*ones(n))^2/n+s)
ML28 | layer normalisation, the differential | x: n; s: scalar positive | x | layernorm(x,s) | differential | (H-mean(H)*ones(n)-layernorm(x,s)*(layernorm(x,s)'*H)/n)/sqrt(norm2(x-mean(x)*ones(n))^2/n+s)
ML29 | layer normalisation after a layer, the weights | W: m x n; x: n; a: m; s: scalar positive | W | a'*layernorm(W*x,s) | gradient | (a-mean(a)*ones(m)-layernorm(W*x,s)*(layernorm(W*x,s)'*a)/m)/sqrt(norm2(W*x-mean(W*x)*ones(m))^2/m+s)*x'
ML30 | root mean square normalisation (Zhang & Sennrich) | x: n; a: n; s: scalar positive | x | a'*x/sqrt(x'*x/n+s) | gradient | a/sqrt(x'*x/n+s)-(a'*x)*x/(n*sqrt(x'*x/n+s)^3)
ML31 | cosine similarity | x: n; y: n | x | (x'*y)/(norm2(x)*norm2(y)) | gradient | y/(norm2(x)*norm2(y))-(x'*y)*x/(norm2(x)^3*norm2(y))
ML32 | weight normalisation (Salimans & Kingma) | v: n; x: n; g: scalar | v | g*(v'*x)/norm2(v) | gradient | g/norm2(v)*x-g*(v'*x)/norm2(v)^3*v
ML33 | centring | X: m x n | X | norm2(X-ones(m)*colsum(X)/m)^2 | gradient | 2*(X-ones(m)*colsum(X)/m)
ML34 | contrastive loss over a row of similarities | x: n; K: N x n; t: scalar positive | x | log(sum(exp(K*x/t)))-x'*K'*ones(N)/N | gradient | K'*softmax(K*x/t)/t-K'*ones(N)/N
ML35 | softmax rows, the differential | X: m x n | X | rowsoftmax(X) | differential | rowsoftmax(X).*(H-rowsum(rowsoftmax(X).*H)*ones(1,n))
ML36 | swish | x: n; a: n | x | a'*(x.*sigmoid(x)) | gradient | a.*(sigmoid(x)+x.*sigmoid(x).*(1-sigmoid(x)))
ML37 | softplus, second order | A: m x n; x: n | x | sum(softplus(A*x)) | hessian | A'*(sigmoid(A*x).*(1-sigmoid(A*x)).*(A*H))
ML38 | Gram matrix loss (style transfer) | X: m x n; G: n x n symmetric | X | norm2(X'*X-G)^2 | gradient | 4*X*(X'*X-G)
ML39 | Gram matrix loss, second order | X: m x n; G: n x n symmetric | X | norm2(X'*X-G)^2 | hessian | 4*H*(X'*X-G)+4*X*(H'*X+X'*H)
ML40 | row network, the bias | x: 1 x n; W: n x m; b: 1 x m; y: 1 x m | b | norm2(tanh(x*W+b)-y)^2/2 | gradient | (tanh(x*W+b)-y).*(1-tanh(x*W+b).^2)
LE01 | lecture example-quadratic-directional, A symmetric | x: n; A: n x n symmetric | x | x'*A*x | gradient | 2*A*x
LE02 | lecture example-quadratic-directional, A symmetric | x: n; A: n x n symmetric | x | x'*A*x | hessian | 2*A*H
LE03 | lecture example-trace-first, A and B symmetric | X: m x n; A: m x m symmetric; B: n x n symmetric | X | tr(X'*A*X*B) | gradient | 2*A*X*B
LE04 | lecture hessian-operator-2AHB, with the factor 2 that the text loses | X: m x n; A: m x m symmetric; B: n x n symmetric | X | tr(X'*A*X*B) | hessian | 2*A*H*B
LE05 | lecture lsq-derivative, the row 2(Xw-y)'X as a column | X: m x n; w: n; y: m | w | norm2(X*w-y)^2 | gradient | 2*X'*(X*w-y)
LE06 | lecture lsq-second-derivative | X: m x n; w: n; y: m | w | (X*w-y)'*(X*w-y) | hessian | 2*X'*X*H
LE07 | lecture blank-gradient-x1sq-x2 | x: 2 | x | x[1]^2*x[2] | gradient | [2*x[1]*x[2]; x[1]^2]
LE08 | lecture blank-hessian-x1sq-x2 | x: 2 | x | x[1]^2*x[2] | hessian | [2*x[2], 2*x[1]; 2*x[1], 0]*H
LE09 | lecture example-f-Ax-matrix | A: m x n; x: n | A | A*x | differential | H*x
LE10 | lecture eq-27-det-exp | A: n x n | A | det(expm(A)) | gradient | exp(tr(A))*eye(n)
LE11 | lecture det-log-trace-step | A: n x n | A | logdet(expm(A)) | gradient | eye(n)
LE12 | lecture lsq-solution, in the data | X: m x n; y: m | y | inv(X'*X)*X'*y | differential | inv(X'*X)*X'*H
LE13 | lecture lsq-solution, in the design (beyond 4) | X: m x n; y: m | X | inv(X'*X)*X'*y | differential | inv(X'*X)*H'*(y-X*inv(X'*X)*X'*y)-inv(X'*X)*X'*H*inv(X'*X)*X'*y
LE14 | lecture, beyond 4: the minimum of least squares in the design | X: m x n; y: m | X | y'*y-y'*X*inv(X'*X)*X'*y | gradient | -2*(y-X*inv(X'*X)*X'*y)*y'*X*inv(X'*X)
LE15 | lecture, beyond 4: ridge in the regulariser | X: m x n; y: m; l: scalar positive | l | y'*X*inv(X'*X+l*eye(n))*X'*y | gradient | -y'*X*inv(X'*X+l*eye(n))^2*X'*y
LE16 | lecture, beyond 4: weighted least squares | X: m x n; w: n; y: m; W: m x m symmetric | w | (y-X*w)'*W*(y-X*w) | gradient | -2*X'*W*(y-X*w)
LE17 | lecture, beyond 5: the sphere | v: n | v | v/norm2(v) | differential | (eye(n)-v*v'/norm2(v)^2)*H/norm2(v)
LE18 | lecture, beyond 6: Newton's step for the inverse | A: n x n; Y: n x n | Y | Y*(2*eye(n)-A*Y) | differential | H*(2*eye(n)-A*Y)-Y*A*H
LE19 | lecture, beyond 7: the adjoint method | A: n x n invertible; B: n x n; b: n; c: n; t: scalar | t | c'*inv(A+t*B)*b | gradient | -c'*inv(A+t*B)*B*inv(A+t*B)*b
LE20 | lecture eq-5-quadratic-derivative, A not symmetric | x: n; A: n x n | A | x'*A*x | gradient | x*x'
CH01 | lecture, beyond 1: the Cholesky factor | A: n x n positive definite | A | cholesky(A) | differential | cholesky(A)*(tril(inv(cholesky(A))*H*inv(cholesky(A))')-diag(diag(inv(cholesky(A))*H*inv(cholesky(A))'))/2)
CH02 | the sum of the logarithms of the Cholesky factor's diagonal is half the log det; plain gradient | A: n x n positive definite | A | 2*sum(log(diag(cholesky(A)))) | gradient | inv(A)
CH03 | the trace of L*L' is that of A; plain gradient | A: n x n positive definite | A | norm2(cholesky(A))^2 | gradient | eye(n)
PI01 | Golub & Pereyra, the residual's projection, full column rank | X: m x n; y: m | X | y'*X*pinv(X)*y | gradient | 2*(eye(m)-X*pinv(X))*y*y'*pinv(X)'
PI02 | Golub & Pereyra | X: m x n; A: m x n | X | tr(A*pinv(X)) | gradient | -pinv(X)'*A'*pinv(X)'+(eye(m)-X*pinv(X))*A*pinv(X)*pinv(X)'+pinv(X)'*pinv(X)*A*(eye(n)-pinv(X)*X)
NN01 | nuclear norm (Watson), full column rank | X: m x n | X | normnuc(X) | gradient | X*inv(sqrtm(X'*X))
NN02 | nuclear norm beside a fit | X: m x n; A: m x n; l: scalar positive | X | norm2(X-A)^2/2+l*normnuc(X) | gradient | X-A+l*X*inv(sqrtm(X'*X))
NN03 | spectral norm, simple singular value | X: m x n | X | normspec(X) | gradient | X*eigenvector_max(X'*X)*eigenvector_max(X'*X)'/normspec(X)
NN04 | Frobenius norm | X: m x n | X | norm2(X) | gradient | X/norm2(X)
NN05 | Frobenius norm, second order | X: m x n | X | norm2(X) | hessian | H/norm2(X)-tr(X'*H)/norm2(X)^3*X
NN06 | a fit in the Frobenius norm, second order | A: p x m; X: m x n; B: n x q; C: p x q | X | norm2(A*X*B-C)^2 | hessian | 2*A'*A*H*B*B'
NN07 | the sum of absolute values | A: m x n; x: n; b: m | x | norm1(A*x-b) | gradient | A'*sign(A*x-b)
NN08 | the sum of absolute entries | X: m x n; A: m x n | X | sum(abs(X-A)) | gradient | sign(X-A)
NN09 | row norms (group lasso) | X: m x n | X | sum(sqrt(rowsum(X.*X))) | gradient | X./(sqrt(rowsum(X.*X))*ones(1,n))
MX01 | Higham, Functions of Matrices 3, the trace of the exponential | X: n x n | X | tr(expm(X)) | gradient | expm(X)'
MX02 | Higham 3, the exponential of a product | A: n x m; X: m x n | X | tr(expm(A*X)) | gradient | A'*expm(A*X)'
MX03 | Higham 10.2 (lecture, beyond 3) | A: n x n; X: n x n | X | tr(A*expm(X)) | gradient | expm_frechet(X',A')
MX04 | Higham 10.2 | a: n; b: n; X: n x n | X | a'*expm(X)*b | gradient | expm_frechet(X',a*b')
MX05 | Higham 10.2 | X: n x n | X | expm(X) | differential | expm_frechet(X,H)
MX06 | Higham 10.2, in the time | A: n x n; t: scalar | t | expm(t*A) | differential | A*expm(t*A)*H
MX07 | Higham 11, the trace of the logarithm | X: n x n invertible | X | tr(logm(X)) | gradient | inv(X)'
MX08 | Higham 11 | A: n x n; X: n x n invertible | X | tr(A*logm(X)) | gradient | logm_frechet(X',A')
MX09 | von Neumann entropy; plain gradient | X: n x n positive definite | X | -tr(X*logm(X)) | gradient | -logm(X)-eye(n)
MX10 | quantum relative entropy in the first state; plain gradient | X: n x n positive definite; Y: n x n positive definite | X | tr(X*logm(X)-X*logm(Y)) | gradient | logm(X)+eye(n)-logm(Y)
MX11 | Higham 6, the square root | X: n x n invertible | X | sqrtm(X) | differential | sylvester(sqrtm(X),sqrtm(X),H)
MX12 | Higham 6, the trace of the square root | X: n x n invertible | X | tr(sqrtm(X)) | gradient | inv(sqrtm(X))'/2
MX13 | Higham 6 | A: n x n; X: n x n invertible | X | tr(A*sqrtm(X)) | gradient | sylvester(sqrtm(X)',sqrtm(X)',A')
MX14 | Higham 12, the trace of the cosine | X: n x n | X | tr(cosm(X)) | gradient | -sinm(X)'
MX15 | Higham 12, the sine of a multiple | A: n x n; t: scalar | t | tr(sinm(t*A)) | gradient | tr(A*cosm(t*A))
MX16 | spectral rule with a real power; plain gradient | X: n x n positive definite; p: scalar positive | X | tr(X^p) | gradient | p*X^(p-1)
MX17 | spectral rule with the power 3/2; plain gradient | X: n x n positive definite | X | tr(X^(3/2)) | gradient | 3/2*sqrtm(X)
MX18 | log of the trace of the exponential; plain gradient | X: n x n symmetric | X | log(tr(expm(X))) | gradient | expm(X)/tr(expm(X))
MX19 | Schatten norm by traces, full column rank | X: m x n | X | tr((X'*X)^2)^(1/4) | gradient | tr((X'*X)^2)^(-3/4)*X*X'*X
MX20 | Higham 10.2, second order of the trace of the exponential | X: n x n | X | tr(expm(X)) | hessian | expm_frechet(X,H)'
MX21 | matrix power of a product | A: n x m; X: m x n; k: integer | X | tr((A*X)^k) | gradient | k*A'*((A*X)^(k-1))'
MX22 | trace of the logarithm, second order | X: n x n positive definite | X | tr(logm(X)) | hessian | -inv(X)*H*inv(X)
MX23 | matrix power, in a named derivative | A: n x n; X: n x n; k: integer | X | tr(A*X^k) | gradient | power_frechet(X',k,A')
MX24 | Katz centrality | A: n x n; a: n; b: n; t: scalar positive | A | a'*inv(eye(n)-t*A/(10*n))*b | gradient | t/(10*n)*inv(eye(n)-t*A/(10*n))'*a*b'*inv(eye(n)-t*A/(10*n))'
MX25 | det of a product with the exponential | X: n x n; A: n x n invertible | X | det(A*expm(X)) | gradient | det(A)*exp(tr(X))*eye(n)
HD01 | Hadamard product in a norm | A: m x n; X: m x n; B: m x n | X | norm2(A.*X-B)^2 | gradient | 2*A.*(A.*X-B)
HD02 | Hadamard product in a norm | A: m x n; X: m x n; B: m x n | X | norm2(A.*X-B)^2 | hessian | 2*A.*A.*H
HD03 | Hadamard product in a quadratic form | A: n x n; x: n; y: n | x | (x.*y)'*A*(x.*y) | gradient | y.*((A+A')*(x.*y))
HD04 | Hadamard quotient | X: m x n positive; A: m x n | X | sum(A./X) | gradient | -A./(X.*X)
HD05 | Hadamard power | X: m x n positive; p: scalar positive | X | sum(X.^p) | gradient | p*X.^(p-1)
HD06 | elementwise exponential | X: m x n | X | sum(exp(X)) | hessian | exp(X).*H
HD07 | elementwise logarithm | X: m x n positive; A: p x m; B: n x p | X | tr(A*log(X)*B) | gradient | (A'*B')./X
HD08 | elementwise sine of a product | A: p x m; X: m x n; B: p x n | X | sum(B.*sin(A*X)) | gradient | A'*(B.*cos(A*X))
HD09 | elementwise functions, the differential | X: m x n | X | exp(X).*sin(X) | differential | exp(X).*(sin(X)+cos(X)).*H
HD10 | elementwise tangents | x: n | x | sum(tan(x)) | gradient | ones(n)./(cos(x).*cos(x))
HD11 | hyperbolic functions | x: n; a: n | x | a'*cosh(x)+sum(sinh(x)) | gradient | a.*sinh(x)+cosh(x)
HD12 | entrywise inverse, the differential | X: m x n positive | X | ones(m,n)./X | differential | -H./(X.*X)
HD13 | Hadamard square against a matrix square | X: n x n | X | tr(X*X)-sum(X.*X) | gradient | 2*X'-2*X
HD14 | kernel matrix of exponentials | X: m x n; A: m x m | X | sum(A.*exp(X*X')) | gradient | (A.*exp(X*X')+(A.*exp(X*X'))')*X
HD15 | row weights | d: m; A: m x n; B: m x n | d | sum(B.*(diag(d)*A)) | gradient | rowsum(A.*B)
DI01 | a diagonal matrix of a vector | A: n x n; x: n | x | tr(A*diag(x)) | gradient | diag(A)
DI02 | the diagonal of a matrix | X: n x n; a: n | X | a'*diag(X) | gradient | diag(a)
DI03 | a diagonal matrix between two | A: m x n; x: n; B: n x p | x | A*diag(x)*B | differential | A*diag(H)*B
DI04 | the squared diagonal | X: m x n | X | sum(diag(X'*X).^2) | gradient | 4*X*diag(diag(X'*X))
DI05 | log det of a diagonal matrix | x: n positive | x | logdet(diag(x)) | gradient | ones(n)./x
DI06 | the inverse of a sum with a diagonal matrix | A: n x n positive definite; x: n positive; b: n | x | b'*inv(A+diag(x))*b | gradient | -(inv(A+diag(x))*b).*(inv(A+diag(x))*b)
DI07 | a vector's outer product | x: n | x | x*x' | differential | H*x'+x*H'
DI08 | the diagonal, as a vector | A: m x n; X: n x m | X | diag(A*X) | differential | diag(A*H)
DI09 | quadratic form with a diagonal matrix, second order | x: n; A: n x n symmetric | x | sum((A*x).*x.*x) | gradient | A*(x.*x)+2*x.*(A*x)
DI10 | row and column sums | X: m x n; a: m; b: n | X | a'*rowsum(X)+colsum(X)*b | gradient | a*ones(1,n)+ones(m)*b'
DI11 | the mean of the squares | X: m x n | X | mean(X.*X) | gradient | 2*X/(m*n)
DI12 | row sums, the differential | X: m x n | X | rowsum(X.*X) | differential | 2*rowsum(X.*H)
DI13 | a triangle of a product | A: n x n; X: n x n | X | sum(A.*tril(X*X')) | gradient | (tril(A)+tril(A)')*X
DI14 | a triangle, the differential | X: n x n | X | triu(X)'*triu(X) | differential | triu(H)'*triu(X)+triu(X)'*triu(H)
DI15 | blocks, the differential | X: m x n; A: m x p | X | [X, A]'*[X, A] | differential | [H, zeros(m,p)]'*[X, A]+[X, A]'*[H, zeros(m,p)]
DI16 | one entry of a square | X: 3 x 3 | X | (X*X)[1,2] | gradient | eye(3)[:,1]*(X*eye(3)[:,2])'+X'*eye(3)[:,1]*eye(3)[2,:]
DI17 | a row | X: 4 x n; a: n | X | X[2,:]*a | gradient | eye(4)[:,2]*a'
LS01 | second order of log(1+x'x) (Cauchy loss) | x: n | x | log(1+x'*x) | hessian | 2*H/(1+x'*x)-4*x*(x'*H)/(1+x'*x)^2
LS02 | second order of an exponential of a linear form | a: n; x: n | x | exp(a'*x) | hessian | exp(a'*x)*a*(a'*H)
LS03 | second order of the inverse's trace in a scalar | A: n x n positive definite; B: n x n positive definite; t: scalar positive | t | tr(inv(A+t*B)) | hessian | 2*tr(inv(A+t*B)*B*inv(A+t*B)*B*inv(A+t*B))*H
LS04 | second order of log det of a quadratic form, A symmetric | X: m x n; A: m x m positive definite | X | logdet(X'*A*X) | hessian | 2*A*H*inv(X'*A*X)-2*A*X*inv(X'*A*X)*(H'*A*X+X'*A*H)*inv(X'*A*X)
LS05 | second order of a quadratic over a linear form | x: n; a: n positive | x | (x'*x)/(a'*x) | hessian | 2*H/(a'*x)-2*(x*(a'*H)+a*(x'*H))/(a'*x)^2+2*(x'*x)/(a'*x)^3*a*(a'*H)
LS06 | second order of the trace of an inverse quadratic form | X: m x n | X | tr(inv(eye(n)+X'*X)) | hessian | -2*H*inv(eye(n)+X'*X)^2+2*X*(inv(eye(n)+X'*X)*(H'*X+X'*H)*inv(eye(n)+X'*X)^2+inv(eye(n)+X'*X)^2*(H'*X+X'*H)*inv(eye(n)+X'*X))
LS07 | second order of a product of two linear forms | x: n; a: n; b: n | x | (a'*x)*(b'*x) | hessian | a*(b'*H)+b*(a'*H)
LS08 | second order of a softmax cross-entropy in the logits | z: n; y: n probability | z | -y'*log(softmax(z)) | hessian | softmax(z).*H-softmax(z)*(softmax(z)'*H)
LS09 | second order of ||A-xx'||^2, A symmetric | A: n x n symmetric; x: n | x | norm2(A-x*x')^2 | hessian | 4*(x'*x)*H+8*x*(x'*H)-4*A*H
LS10 | second order of a cubic form | X: n x n; a: n; b: n | X | a'*X^3*b | hessian | H'*X'*a*b'+X'*H'*a*b'+H'*a*b'*X'+X'*a*b'*H'+a*b'*(X*H+H*X)'
LS11 | second order of a determinant of a square form | X: n x n invertible | X | det(X)^2 | hessian | 4*det(X)^2*tr(inv(X)*H)*inv(X)'-2*det(X)^2*inv(X)'*H'*inv(X)'
LS12 | gradient of log-sum-exp with a temperature | x: n; t: scalar positive | x | t*logsumexp(x/t) | gradient | softmax(x/t)
LS13 | gradient of log-sum-exp in the temperature | x: n; t: scalar positive | t | t*logsumexp(x/t) | gradient | logsumexp(x/t)-softmax(x/t)'*x/t
LS14 | logistic loss with a sample's weights | X: N x n; y: N; c: N positive; w: n | w | sum(c.*softplus(-y.*(X*w))) | gradient | -X'*(c.*y.*sigmoid(-y.*(X*w)))
LS15 | squared distances of all rows by traces | X: m x n; A: m x m symmetric | X | tr(X'*(diag(A*ones(m))-A)*X) | gradient | 2*(diag(A*ones(m))-A)*X
LS16 | quadratic form of a quadratic map | x: n; A: n x n symmetric; B: n x n symmetric | x | (x'*A*x)*(x'*B*x) | gradient | 2*(x'*B*x)*A*x+2*(x'*A*x)*B*x
LS17 | quadratic form of a quadratic map, second order | x: n; A: n x n symmetric; B: n x n symmetric | x | (x'*A*x)*(x'*B*x) | hessian | 2*(x'*B*x)*A*H+2*(x'*A*x)*B*H+4*A*x*(x'*B*H)+4*B*x*(x'*A*H)
"""

#: What must be refused:  expression | declarations | variable | what the message must contain
#: (upper and lower case alike). Each is asked for its gradient.
REFUSALS = r"""
tr(X) | X: m x n | X | square
det(X) | X: m x n | X | square
logdet(X) | X: m x n | X | square
tr(A*inv(X)) | X: m x n; A: n x m | X | square
sum(X^2) | X: m x n | X | square
tr(expm(X)) | X: m x n | X | square
lambda_max(X) | X: m x n | X | square
tr(X*A) | X: m x n; A: m x n | X | inner dimensions
x'*A*x | x: n; A: m x n | x | inner dimensions
norm2(X-A)^2 | X: m x n; A: n x m | X | shape
norm2(A*x-b)^2 | A: m x n; x: n; b: n | x | shape
sum(X.*A) | X: m x n; A: n x m | X | shape
tr(A/X) | X: n x n; A: n x n | X | ambiguous
X'*A*X | X: m x n; A: m x m | X | .differential
A*x | A: m x n; x: n | x | .differential
inv(X) | X: n x n invertible | X | tr
tr(X*Z) | X: m x n; Y: n x m | X | Z
trac(X) | X: n x n | X | tr
tr(inv(x*x')) | x: n | x | invertible
logdet(inv(X'*X)) | X: 2 x 3 | X | invertible
norm2(x-x) | x: n | x | differentiable
tr(X'*X+t) | X: m x n; t: scalar | X | ones
sum(log(1+X*w)) | X: m x n; w: n | w | ones
norm1(X) | X: m x n | X | norm1
tr(X)*X^(1/2 | X: n x n positive definite | X | parenthes
tr((X*A)' | X: m x n; A: n x m | X | parenthes
X^T*A*X +* 2 | X: m x n; A: m x m | X | *
__import__('os') | X: m x n | X | __import__
"""


def problems() -> list[list[str]]:
    """The fields of each problem, in the order of the first line above."""
    return [line.split(" | ") for line in P.strip().splitlines()]


def refusals() -> list[list[str]]:
    """The fields of each refusal."""
    return [line.split(" | ") for line in REFUSALS.strip().splitlines()]
