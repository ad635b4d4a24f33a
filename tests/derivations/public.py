"""Questions that people asked in public about matrix derivatives: 88, with checked answers.

The lines of P are those of `textbook.py`. Each source names the thread, and META its link: the
credit is theirs. What was asked is transcribed in our own words and signs, none of theirs. A flag
that `derive` has no word for: labels, entries +1 and -1.

META[id]: topic, link, conditions, slip_kind, slip (what people got first), wrong (that answer in
the grammar, where it can be written). A field that would be empty is left out.
"""
# ruff: noqa: E501

P = r"""
B101 | Math SE 3908360: derivative of tr(XA), checked on a 2x2 example | X: m x n; A: n x m | X | tr(X*A) | gradient | A'
B103 | Math SE 3475021: tr(B'X'A'CXD), X twice | B: n x p; X: m x n; A: q x m; C: q x m; D: n x p | X | tr(B'*X'*A'*C*X*D) | gradient | A'*C*X*D*B'+C'*A*X*B*D'
B104 | Mathematica SE 45800: tr((x'A)'(x'A)) without writing out components | x: n; A: n x m | A | tr((x'*A)'*(x'*A)) | gradient | 2*x*x'*A
B106 | sympy/sympy#23492: tr(A) + tr(A^2) | A: n x n | A | tr(A)+tr(A^2) | gradient | eye(n)+2*A'
B107 | sympy/sympy#30527: square of tr(I - A) | A: n x n | A | tr(eye(n)-A)^2 | gradient | -2*tr(eye(n)-A)*eye(n)
B108 | sympy/sympy#24725: scalar b added to a trace | x: n; w: n; b: scalar | w | tr(x'*w)+b | gradient | x
B110 | cvxpy/cvxpy#1837: quadratic form of a linear map, P not symmetric | L: m x n; P: m x m; x: n | x | (L*x)'*P*(L*x) | gradient | L'*(P+P')*L*x
B113 | Math SE 734717: tr((X'X-A)'(X'X-A)), A not symmetric | X: m x n; A: n x n | X | tr((X'*X-A)'*(X'*X-A)) | gradient | 4*X*X'*X-2*X*(A+A')
B116 | Math SE 2254774: 1/2 ||W'RW - I||^2, R not symmetric | W: m x n; R: m x m | W | norm2(W'*R*W-eye(n))^2/2 | gradient | R*W*(W'*R*W-eye(n))'+R'*W*(W'*R*W-eye(n))
B119 | Math SE 271931: ||A - xx'||^2 in x | A: n x n; x: n | x | norm2(A-x*x')^2 | gradient | 4*(x'*x)*x-2*(A+A')*x
B121 | sympy/sympy#26585: sum of two squared norms | A: m x n; U: m x p; V: p x n | U | 0.5*norm2(A-U*V)^2+0.5*norm2(U)^2 | gradient | U-(A-U*V)*V'
B123 | Math SE 549161: a' X^-T X^-1 a | X: n x n invertible; a: n | X | a'*inv(X)'*inv(X)*a | gradient | -2*inv(X)'*inv(X)*a*a'*inv(X)'
B124 | Math SE 2166143: tr(C (X'BX)^-1), B symmetric | X: m x n; B: m x m positive definite; C: n x n | X | tr(C*inv(X'*B*X)) | gradient | -B*X*inv(X'*B*X)*(C+C')*inv(X'*B*X)
B125 | Math SE 3331365: tr(Y X^-1) | X: n x n invertible; Y: n x n | X | tr(Y*inv(X)) | gradient | -(inv(X)*Y*inv(X))'
B126 | Math SE 1225701: x'A^-1 x in A | x: n; A: n x n invertible | A | x'*inv(A)*x | gradient | -inv(A)'*x*x'*inv(A)'
B127 | Math SE 2223145: a'W(W'SW)^-1 W'a | W: m x n; S: m x m positive definite; a: m | W | a'*W*inv(W'*S*W)*W'*a | gradient | 2*(a-S*W*inv(W'*S*W)*W'*a)*a'*W*inv(W'*S*W)
B128 | Math SE 3591932: x'(A+tB)^-1 x in t | x: n; A: n x n positive definite; B: n x n positive definite; t: scalar positive | t | x'*inv(A+t*B)*x | gradient | -x'*inv(A+t*B)*B*inv(A+t*B)*x
B133 | Math SE 2714088: log det(XX'A^-1) | X: n x m; A: n x n positive definite | X | logdet(X*X'*inv(A)) | gradient | 2*inv(X*X')*X
B136 | physicsforums.com/members/bakav.321803/recent-content: det(A+O'XO) | A: n x n invertible; O: m x n; X: m x m | X | det(A+O'*X*O) | gradient | det(A+O'*X*O)*O*inv(A+O'*X*O)'*O'
B139 | HIPS/autograd#536: log det(tI) in t | t: scalar positive | t | logdet(t*eye(n)) | gradient | n/t
B140 | talkstats.com/threads/differentiation-involving-determinant.: det(X'(sI+ZGZ')^-1X) in the variance s | X: m x n; Z: m x q; G: q x q positive definite; s: scalar positive | s | det(X'*inv(s*eye(m)+Z*G*Z')*X) | gradient | -det(X'*inv(s*eye(m)+Z*G*Z')*X)*tr(inv(X'*inv(s*eye(m)+Z*G*Z')*X)*X'*inv(s*eye(m)+Z*G*Z')*inv(s*eye(m)+Z*G*Z')*X)
B141 | Math SE 819492: log|V| + tr(V^-1 S), V = A + tB (REML) | A: n x n positive definite; B: n x n positive definite; S: n x n positive definite; t: scalar positive | t | logdet(A+t*B)+tr(inv(A+t*B)*S) | gradient | tr(inv(A+t*B)*B)-tr(inv(A+t*B)*B*inv(A+t*B)*S)
B144 | MathOverflow: Derivative of log determinant and inverse: log det of the elementwise exponential kernel exp(-s h_ij) in s | x: n; s: scalar positive | s | logdet(exp(-s*abs(x*ones(n)'-ones(n)*x'))) | gradient | -tr(inv(exp(-s*abs(x*ones(n)'-ones(n)*x')))*(abs(x*ones(n)'-ones(n)*x').*exp(-s*abs(x*ones(n)'-ones(n)*x'))))
B145 | Math SE 590678: tr((X'X)^k), k symbolic | X: m x n; k: integer | X | tr((X'*X)^k) | gradient | 2*k*X*(X'*X)^(k-1)
B146 | Math SE 1924606: v'A^2 v | v: n; A: n x n | A | v'*A^2*v | gradient | A'*v*v'+v*v'*A'
B148 | Math SE 2152983: tr log(X'BX) | X: n x n invertible; B: n x n positive definite | X | tr(logm(X'*B*X)) | gradient | 2*inv(X)'
B149 | Math SE 3077639: tr(M log M - M) | M: n x n positive definite | M | tr(M*logm(M)-M) | gradient | logm(M)
B150 | Math SE 1333779: tr(A(t) log A(t)), A(t) = A + tB | A: n x n positive definite; B: n x n positive definite; t: scalar positive | t | tr((A+t*B)*logm(A+t*B)) | gradient | tr(B*logm(A+t*B))+tr(B)
B157 | SciComp SE 41965: ||AX - Y||^2 over orthogonal A | A: n x n orthogonal; X: n x m; Y: n x m | A | norm2(A*X-Y)^2 | gradient | (A*X-Y)*X'-A*X*(A*X-Y)'*A
B158 | groups.google.com/g/manopttoolbox/c/W7xngIBTskQ: Riemannian gradient on the Stiefel manifold from the Euclidean one, tr(X'AX) | X: m x n orthogonal; A: m x m symmetric | X | tr(X'*A*X) | gradient | 2*(A*X-X*X'*A*X)
B162 | Math SE 4251681: ||A - BDC||^2 over diagonal D | A: m x p; B: m x n; D: n x n diagonal; C: n x p | D | norm2(A-B*D*C)^2 | gradient | -2*diag(diag(B'*(A-B*D*C)*C'))
B163 | Math SE 4251681: ||A - B diag(d) C||^2 in the vector d | A: m x p; B: m x n; d: n; C: n x p | d | norm2(A-B*diag(d)*C)^2 | gradient | -2*diag(B'*(A-B*diag(d)*C)*C')
B164 | Math SE 2989176: vec(Y)'(I kron Q)^-1 vec(Y), Q symmetric | Y: n x m; Q: n x n positive definite | Q | vec(Y)'*inv(kron(eye(m),Q))*vec(Y) | gradient | -inv(Q)*Y*Y'*inv(Q)
B165 | Math SE: Derivative of the trace of a quantity involving Kronecker pr: log(a + y'(A kron B)^-1 y), y = vec Y | A: m x m positive definite; B: n x n positive definite; Y: n x m; a: scalar positive | A | log(a+vec(Y)'*inv(kron(A,B))*vec(Y)) | gradient | -inv(A)*Y'*inv(B)*Y*inv(A)/(a+vec(Y)'*inv(kron(A,B))*vec(Y))
C101 | Math SE 4237560: ||Ax-b||^2 + ||Gx||^2 | A: m x n; x: n; b: m; G: p x n | x | norm2(A*x-b)^2+norm2(G*x)^2 | gradient | 2*A'*(A*x-b)+2*G'*G*x
C104 | Math SE 2143052: |Ax-b|^2 and its second derivative | A: m x n; x: n; b: m | x | (A*x-b)'*(A*x-b) | gradient | 2*A'*(A*x-b)
C105 | sympy/sympy#24725: (x - t1)'(x - t1) in the scalar t | x: n; t: scalar | t | (x-t*ones(n))'*(x-t*ones(n)) | gradient | -2*ones(n)'*(x-t*ones(n))
C108 | Math SE 3253903: log|L| - y'(LL')^-1 y in the factor L, y = x-z | L: n x n invertible; x: n; z: n | L | logdet(L)-(x-z)'*inv(L*L')*(x-z) | gradient | inv(L)'+2*inv(L*L')*(x-z)*(x-z)'*inv(L)'
C109 | Math SE 1690926: N log|L| - x'LL'x, precision factor | L: n x n invertible; x: n; t: scalar positive | L | t*logdet(L)-x'*L*L'*x | gradient | t*inv(L)'-2*x*x'*L
C114 | Math SE 883347: -1/2 log|S| - sum c_i exp(-u_i^2/(2(1+S_ii))) | S: n x n positive definite; c: n; u: n | S | -logdet(S)/2-sum(c.*exp(-(u.*u)./(2*(ones(n)+diag(S))))) | gradient | -0.5*inv(S)-0.5*diag(c.*u.*u./((ones(n)+diag(S)).*(ones(n)+diag(S))).*exp(-(u.*u)./(2*(ones(n)+diag(S)))))
C115 | Math SE 2869314: probabilistic CCA: 1/2 tr(V^-1 ZZ') + n/2 log|V|, V = WW'+P, in W | W: m x q; P: m x m positive definite; Z: m x n | W | tr(inv(W*W'+P)*Z*Z')/2+n/2*logdet(W*W'+P) | gradient | n*inv(W*W'+P)*W-inv(W*W'+P)*Z*Z'*inv(W*W'+P)*W
C117 | arxiv.org/abs/2506.23996: KL between N(u,S) and N(w,V) in V | S: n x n positive definite; V: n x n positive definite; u: n; w: n | V | 0.5*(logdet(V)-logdet(S)-n+tr(inv(V)*S)+(u-w)'*inv(V)*(u-w)) | gradient | 0.5*(inv(V)-inv(V)*S*inv(V)-inv(V)*(u-w)*(u-w)'*inv(V))
C118 | arxiv.org/abs/2506.23996: KL between N(u,S) and N(w,V) in S | S: n x n positive definite; V: n x n positive definite; u: n; w: n | S | 0.5*(logdet(V)-logdet(S)-n+tr(inv(V)*S)+(u-w)'*inv(V)*(u-w)) | gradient | 0.5*(inv(V)-inv(S))
C120 | Math SE 2668867: tr((I-KC)P(I-KC)') | K: n x q; C: q x n; P: n x n positive definite | K | tr((eye(n)-K*C)*P*(eye(n)-K*C)') | gradient | -2*(eye(n)-K*C)*P*C'
C121 | Math SE: Chain rule on matrix differentiation of trace in Kalman gain: tr((I-KC)P(I-KC)' + KRK') | K: n x q; C: q x n; P: n x n positive definite; R: q x q positive definite | K | tr((eye(n)-K*C)*P*(eye(n)-K*C)'+K*R*K') | gradient | -2*(eye(n)-K*C)*P*C'+2*K*R
C122 | Math SE 2705924: tr of (W.*(A-UV'))'(W.*(A-UV')) in U | W: m x n; A: m x n; U: m x p; V: n x p | U | tr((W.*(A-U*V'))'*(W.*(A-U*V'))) | gradient | 2*(W.*W.*(U*V'-A))*V
C125 | Math SE 2795939: ||P-AB'||^2 + ||Q-AC'||^2 in the shared factor A | A: m x q; B: n x q; C: p x q; P: m x n; Q: m x p | A | norm2(P-A*B')^2+norm2(Q-A*C')^2 | gradient | -2*(P-A*B')*B-2*(Q-A*C')*C
C126 | imathworks.com/math/matrix-differentiation-involving-hadamar: ||A-(B.*C)D||^2 in B | A: m x p; B: m x n; C: m x n; D: n x p | B | norm2(A-(B.*C)*D)^2 | gradient | -2*C.*((A-(B.*C)*D)*D')
C130 | discuss.pytorch.org/t/123294: squared cosine of u and Wv in W | u: m; W: m x n; v: n | W | (u'*W*v)^2/(norm2(u)^2*norm2(W*v)^2) | gradient | 2*(u'*W*v)/(norm2(u)^2*norm2(W*v)^2)*u*v'-2*(u'*W*v)^2/(norm2(u)^2*norm2(W*v)^4)*W*v*v'
C138 | Math SE: Gradient of Softmax with Cross Entropy Loss: cross-entropy of softmax(A'y) against x, in y | A: m x n; y: m; x: n probability | y | -x'*log(exp(A'*y)/sum(exp(A'*y))) | gradient | A*(sum(x)*exp(A'*y)/sum(exp(A'*y))-x)
C139 | z.id.vn/?p=348969 (StackOverflow copy): mean cross-entropy of softmax(z) | z: n; y: n probability | z | -sum(y.*log(exp(z)/sum(exp(z))))/n | gradient | (sum(y)*exp(z)/sum(exp(z))-y)/n
C140 | Math SE 4533169: ||y - sin(Wx)||^2 | y: m; W: m x n; x: n | W | norm2(y-sin(W*x))^2 | gradient | 2*((sin(W*x)-y).*cos(W*x))*x'
C141 | Cross Validated 500902: sum of sigmoid(Wx) in W | W: m x n; x: n | W | sum(sigmoid(W*x)) | gradient | (sigmoid(W*x).*(ones(m)-sigmoid(W*x)))*x'
C144 | Cross Validated: Dimensions in single layer NN gradient: row-vector network: cross-entropy of softmax(sigmoid(xA+b)B+c) in A | x: 1 x n; A: n x p; b: 1 x p; B: p x q; c: 1 x q; y: 1 x q probability | A | -log(exp(sigmoid(x*A+b)*B+c)/sum(exp(sigmoid(x*A+b)*B+c)))*y' | gradient | x'*(((sum(y)*exp(sigmoid(x*A+b)*B+c)/sum(exp(sigmoid(x*A+b)*B+c))-y)*B').*sigmoid(x*A+b).*(ones(1,p)-sigmoid(x*A+b)))
C146 | adtzlr/tensortrax#78: three-field energy (det(F)^(-1/3) tr(F'F) - 3)/2 + 25(J-1)^2 + s(det F - J) in F | F: 3 x 3 invertible; J: scalar positive; s: scalar | F | (det(F)^(-1/3)*tr(F'*F)-3)/2+25*(J-1)^2+s*(det(F)-J) | gradient | det(F)^(-1/3)*F-det(F)^(-1/3)*tr(F'*F)/6*inv(F)'+s*det(F)*inv(F)'
C148 | Cross Validated 400514: logistic loss with labels +-1, written with softplus | X: m x n; w: n; y: m labels | w | sum(softplus(-y.*(X*w)))/m | gradient | -X'*(y.*sigmoid(-y.*(X*w)))/m
C149 | Math SE: Gradient of Softmax with Cross Entropy Loss: -x'log softmax(A'y) in A | A: m x n; y: m; x: n probability | A | -x'*log(softmax(A'*y)) | gradient | y*(sum(x)*softmax(A'*y)-x)'
D101 | Cross Validated 400514: logistic loss with labels +-1, mean | X: m x n; w: n; y: m labels | w | -sum(log(sigmoid(y.*(X*w))))/m | hessian | X'*(sigmoid(y.*(X*w)).*(ones(m)-sigmoid(y.*(X*w))).*(X*H))/m
D104 | Math SE 4613320: log(1 + exp(a'x)) | a: n; x: n | x | log(1+exp(a'*x)) | hessian | sigmoid(a'*x)*(1-sigmoid(a'*x))*(a'*H)*a
D105 | Cross Validated 525042: multinomial logistic loss in the weight matrix | W: m x n; x: n; y: m probability | W | log(sum(exp(W*x)))-y'*W*x | hessian | (exp(W*x).*(H*x)/sum(exp(W*x))-(exp(W*x)'*(H*x))/sum(exp(W*x))^2*exp(W*x))*x'
D106 | Math SE 4340719: -log softmax(z) at the label | z: n; y: n probability | z | -y'*log(exp(z)/sum(exp(z))) | hessian | sum(y)*(exp(z).*H/sum(exp(z))-(exp(z)'*H)/sum(exp(z))^2*exp(z))
D111 | Math SE 709370: ||X||^2 | X: m x n | X | norm2(X)^2 | hessian | 2*H
D113 | Math SE 648535: sqrt(v'Mv) | M: n x n positive definite; v: n | v | sqrt(v'*M*v) | hessian | M*H/sqrt(v'*M*v)-(v'*M*H)/sqrt(v'*M*v)^3*M*v
D114 | Math SE: Computing gradient and Hessian of a vector function: ||x||^s with a symbolic exponent | x: n; s: scalar positive | x | norm2(x)^s | hessian | s*norm2(x)^(s-2)*H+s*(s-2)*norm2(x)^(s-4)*(x'*H)*x
D115 | Math SE 4237560: ||Ax-b||^2 + ||Gx||^2 | A: m x n; x: n; b: m; G: p x n | x | norm2(A*x-b)^2+norm2(G*x)^2 | hessian | 2*(A'*A+G'*G)*H
D116 | cs.rit.edu/~dprl/ARQMath-backup (Math SE thread, 2012): ||C.*(A-XB)||^2 in X | A: m x p; B: n x p; C: m x p; X: m x n | X | norm2(C.*(A-X*B))^2 | hessian | 2*(C.*C.*(H*B))*B'
D119 | Math SE: Chain rule on matrix differentiation of trace in Kalman gain: tr((I-KC)P(I-KC)' + KRK') | K: n x q; C: q x n; P: n x n positive definite; R: q x q positive definite | K | tr((eye(n)-K*C)*P*(eye(n)-K*C)'+K*R*K') | hessian | 2*H*(C*P*C'+R)
D122 | arxiv.org/abs/2506.23996: KL between Gaussians, second derivative in S | S: n x n positive definite; V: n x n positive definite; u: n; w: n | S | 0.5*(logdet(V)-logdet(S)-n+tr(inv(V)*S)+(u-w)'*inv(V)*(u-w)) | hessian | 0.5*inv(S)*H*inv(S)
D123 | arxiv.org/abs/2506.23996: KL between Gaussians, second derivative in V | S: n x n positive definite; V: n x n positive definite; u: n; w: n | V | 0.5*(logdet(V)-logdet(S)-n+tr(inv(V)*S)+(u-w)'*inv(V)*(u-w)) | hessian | 0.5*(inv(V)*H*inv(V)*(S+(u-w)*(u-w)')*inv(V)+inv(V)*(S+(u-w)*(u-w)')*inv(V)*H*inv(V)-inv(V)*H*inv(V))
D124 | Math SE 1749066: tr(A(t)'BA(t)), A(t) = C + tD | C: m x n; D: m x n; B: m x m; t: scalar | t | tr((C+t*D)'*B*(C+t*D)) | hessian | tr(D'*(B+B')*D)*H
D126 | pytorch/pytorch#196697: log det(tA+B) | A: n x n positive definite; B: n x n positive definite; t: scalar positive | t | logdet(t*A+B) | hessian | -tr(inv(t*A+B)*A*inv(t*A+B)*A)*H
E105 | Math SE 3855747: X sigmoid(X'w) | X: n x m; w: n | w | X*sigmoid(X'*w) | differential | X*(sigmoid(X'*w).*(ones(m)-sigmoid(X'*w)).*(X'*H))
E107 | Math SE 2723473: diag(X Y^-1 X') in Y | X: m x n; Y: n x n positive definite | Y | diag(X*inv(Y)*X') | differential | -diag(X*inv(Y)*H*inv(Y)*X')
E109 | Math SE 2820120: (x'Ax / x'Bx) Bx | A: n x n symmetric; B: n x n positive definite; x: n | x | (x'*A*x)/(x'*B*x)*B*x | differential | (2*(x'*A*H)/(x'*B*x)-2*(x'*A*x)*(x'*B*H)/(x'*B*x)^2)*B*x+(x'*A*x)/(x'*B*x)*B*H
E110 | Math SE 4380199: x / ||x||, norm as a square root | x: n | x | x/sqrt(x'*x) | differential | H/sqrt(x'*x)-(x'*H)/sqrt(x'*x)^3*x
E113 | Math SE 3839203: X(X'X)^-1 X'y | X: m x n; y: m | X | X*inv(X'*X)*X'*y | differential | H*inv(X'*X)*X'*y-X*inv(X'*X)*(H'*X+X'*H)*inv(X'*X)*X'*y+X*inv(X'*X)*H'*y
E114 | Math SE 3569036: X(X'X+lI)^-1X'y in l | X: m x n; y: m; l: scalar positive | l | X*inv(X'*X+l*eye(n))*X'*y | differential | -H*X*inv(X'*X+l*eye(n))*inv(X'*X+l*eye(n))*X'*y
E116 | Math SE 3618896: A'Ah - A't in A | A: m x n; h: n; t: m | A | A'*A*h-A'*t | differential | H'*A*h+A'*H*h-H'*t
E117 | Math SE 3618896: pseudo-inverse of A times (Ah - t), full column rank | A: m x n; h: n; t: m | A | inv(A'*A)*A'*(A*h-t) | differential | inv(A'*A)*A'*H*inv(A'*A)*A'*t-inv(A'*A)*H'*(t-A*inv(A'*A)*A'*t)
E118 | Math SE 3927579: XBX, X and B symmetric | X: n x n symmetric; B: n x n symmetric | X | X*B*X | differential | H*B*X+X*B*H
E121 | Math SE 4527867: xx' kron I | x: n | x | kron(x*x',eye(m)) | differential | kron(H*x'+x*H',eye(m))
E122 | Math SE 2178394: (a kron I)Xb | a: 1 x 2; X: 6 x 4; b: 4 | X | kron(a,eye(3))*X*b | differential | kron(a,eye(3))*H*b
E123 | Math SE 3283961: R(Xf kron I + I kron Xf)X in f | R: 3 x 9; X: 3 x 2; f: 2 | f | R*(kron(X*f,eye(3))+kron(eye(3),X*f))*X | differential | R*(kron(X*H,eye(3))+kron(eye(3),X*H))*X
G101 | Math SE 1006188: tr(A (X kron I)) | X: 2 x 2; A: 6 x 6 | X | tr(A*kron(X,eye(3))) | gradient | kron(eye(2),vec(eye(3))')*kron(A',eye(3))*kron(eye(2),vec(eye(3)))
G102 | Math SE 2648783: tr(A (I kron F)' + (I kron F) A) | F: 2 x 2; A: 6 x 6 | F | tr(A*kron(eye(3),F)'+kron(eye(3),F)*A) | gradient | kron(vec(eye(3))',eye(2))*kron(eye(3),A+A')*kron(vec(eye(3)),eye(2))
G105 | StackOverflow: Maximum Likelihood Estimator - Covariance Squared Exponentia: marginal likelihood in the signal deviation s | X: m x n; y: m; s: scalar positive; t: scalar positive; l: scalar positive | s | y'*inv((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m)))*y/2+logdet((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m)))/2 | gradient | s*tr((inv((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m)))-inv((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m)))*y*y'*inv((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m))))*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2)))
G108 | imathworks.com/math/derivative-of-matrix-nuclear-norm: nuclear norm of L'L - S in L | L: m x n; S: n x n | L | tr(sqrtm((L'*L-S)'*(L'*L-S))) | gradient | L*((L'*L-S)*inv(sqrtm((L'*L-S)'*(L'*L-S)))+inv(sqrtm((L'*L-S)'*(L'*L-S)))*(L'*L-S)')
G110 | AI SE 25055: sum of V'softmax(KQ'), columns normalised, in Q | Q: m x n; K: p x n; V: p x q | Q | sum(V'*softmax(K*Q')) | gradient | (softmax(K*Q').*(V*ones(q,m)-ones(p)*(ones(p)'*(softmax(K*Q').*(V*ones(q,m))))))'*K
"""

META: dict[str, dict[str, str]] = {
    "B101": {
        "topic": "traces and products",
        "link": "https://math.stackexchange.com/questions/3908360",
        "slip_kind": "transposed / other layout",
        "slip": "found A by hand",
        "wrong": "A",
    },
    "B103": {
        "topic": "traces and products",
        "link": "https://math.stackexchange.com/questions/3475021",
        "slip_kind": "missing term",
        "slip": "differentiated both X at once: dX twice in one term instead of two terms with "
        "one dX",
    },
    "B104": {
        "topic": "traces and products",
        "link": "http://mathematica.stackexchange.com/questions/45800",
        "slip_kind": "transposed / other layout",
        "slip": "the answer's rules give xx'A + A'xx', two terms of different shape",
        "wrong": "x*x'*A+A'*x*x'",
    },
    "B106": {
        "topic": "traces and products",
        "link": "https://github.com/sympy/sympy/issues/23492",
        "slip_kind": "tool returned 0",
        "slip": "SymPy: 0",
        "wrong": "0*A",
    },
    "B107": {
        "topic": "traces and products",
        "link": "https://github.com/sympy/sympy/issues/30527",
        "slip_kind": "tool returned 0",
        "slip": "SymPy: 0",
        "wrong": "0*A",
    },
    "B108": {
        "topic": "traces and products",
        "link": "https://github.com/sympy/sympy/issues/24725",
        "slip_kind": "tool returned 0",
        "slip": "SymPy: 0",
        "wrong": "0*w",
    },
    "B110": {
        "topic": "traces and products",
        "link": "https://github.com/cvxpy/cvxpy/issues/1837",
        "slip_kind": "transposed / other layout",
        "slip": "the library multiplied with x' instead of x (row against column)",
        "wrong": "((P+P')*(L*x))'*L",
    },
    "B113": {
        "topic": "Frobenius norms with products",
        "link": "https://math.stackexchange.com/questions/734717",
    },
    "B116": {
        "topic": "Frobenius norms with products",
        "link": "https://math.stackexchange.com/questions/2254774",
        "slip_kind": "inverse or inner factor lost",
        "slip": "R forgotten inside the bracket, one of two terms",
        "wrong": "R'*W*(W'*W-eye(n))",
    },
    "B119": {
        "topic": "Frobenius norms with products",
        "link": "https://math.stackexchange.com/questions/271931",
        "slip_kind": "missing term",
        "slip": "d(xx') written as 2x dx': right for symmetric A only",
        "wrong": "4*(x*x'-A)'*x",
    },
    "B121": {
        "topic": "Frobenius norms with products",
        "link": "https://github.com/sympy/sympy/issues/26585",
        "slip_kind": "tool returned 0",
        "slip": "SymPy: 0",
        "wrong": "0*U",
    },
    "B123": {
        "topic": "inverses",
        "link": "https://math.stackexchange.com/questions/549161",
        "conditions": "X invertible",
    },
    "B124": {
        "topic": "inverses",
        "link": "https://math.stackexchange.com/questions/2166143",
        "conditions": "X'BX invertible, B symmetric",
        "slip_kind": "transposed / other layout",
        "slip": "inner derivative -U^-1 C U^-1 without transpose, then no way on",
    },
    "B125": {
        "topic": "inverses",
        "link": "https://math.stackexchange.com/questions/3331365",
        "conditions": "X invertible",
        "slip_kind": "order of factors or wrong side",
        "slip": "treated as commuting: -Y X^-2",
        "wrong": "-Y*inv(X)*inv(X)",
    },
    "B126": {
        "topic": "inverses",
        "link": "https://math.stackexchange.com/questions/1225701",
        "conditions": "A invertible",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "divided by the vector x (x^-1)",
    },
    "B127": {
        "topic": "inverses",
        "link": "https://math.stackexchange.com/questions/2223145",
        "conditions": "W of full column rank, S symmetric",
    },
    "B128": {
        "topic": "inverses",
        "link": "https://math.stackexchange.com/questions/3591932",
        "conditions": "A+tB invertible",
    },
    "B133": {
        "topic": "determinants and log-determinants",
        "link": "https://math.stackexchange.com/questions/2714088",
        "conditions": "X of full row rank, det A > 0",
    },
    "B136": {
        "topic": "determinants and log-determinants",
        "link": "https://www.physicsforums.com/members/bakav.321803/recent-content",
        "conditions": "A+O'XO invertible",
        "slip_kind": "transposed / other layout",
        "slip": "inverse not transposed",
        "wrong": "det(A+O'*X*O)*O*inv(A+O'*X*O)*O'",
    },
    "B139": {
        "topic": "determinants and log-determinants",
        "link": "https://github.com/HIPS/autograd/issues/536",
        "conditions": "t > 0",
        "slip_kind": "tool refused or crashed",
        "slip": "forward derivative not implemented",
    },
    "B140": {
        "topic": "determinants and log-determinants",
        "link": "http://talkstats.com/threads/differentiation-involving-determinant.65113/",
        "conditions": "X of full column rank",
    },
    "B141": {
        "topic": "determinants and log-determinants",
        "link": "https://math.stackexchange.com/questions/819492",
        "conditions": "V invertible, det V > 0",
        "slip_kind": "trace or scalar chain rule (matrix where a number belongs, trace left over)",
        "slip": "derivative by a number comes out as a matrix: trace left out",
        "wrong": "inv(A+t*B)*B-inv(A+t*B)*B*inv(A+t*B)*S",
    },
    "B144": {
        "topic": "determinants and log-determinants",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Derivative of log determinant and inverse"), MathOverflow',
        "conditions": "points distinct (kernel positive definite)",
        "slip_kind": "elementwise against matrix function",
        "slip": "inverse of the elementwise exponential taken as exp(+s h)",
        "wrong": "-tr(exp(s*abs(x*ones(n)'-ones(n)*x'))*(abs(x*ones(n)'-ones(n)*x').*exp(-s*abs(x*ones(n)'-ones(n)*x'))))",
    },
    "B145": {
        "topic": "powers and matrix functions",
        "link": "https://math.stackexchange.com/questions/590678",
    },
    "B146": {
        "topic": "powers and matrix functions",
        "link": "https://math.stackexchange.com/questions/1924606",
        "slip_kind": "transposed / other layout",
        "slip": "one of the two terms not transposed, and v'v for v'Av",
        "wrong": "A*v*v'+v*v'*A'",
    },
    "B148": {
        "topic": "powers and matrix functions",
        "link": "https://math.stackexchange.com/questions/2152983",
        "conditions": "X invertible, B positive definite",
        "slip_kind": "transposed / other layout",
        "slip": "the answer gives 2X^-1",
        "wrong": "2*inv(X)",
    },
    "B149": {
        "topic": "powers and matrix functions",
        "link": "https://math.stackexchange.com/questions/3077639",
        "conditions": "M positive definite",
    },
    "B150": {
        "topic": "powers and matrix functions",
        "link": "https://math.stackexchange.com/questions/1333779",
        "conditions": "A+tB without eigenvalues on (-inf,0]",
    },
    "B157": {
        "topic": "symmetric, diagonal, orthogonal, skew variables",
        "link": "https://scicomp.stackexchange.com/questions/41965",
        "conditions": "A orthogonal (projected gradient)",
    },
    "B158": {
        "topic": "symmetric, diagonal, orthogonal, skew variables",
        "link": "https://groups.google.com/g/manopttoolbox/c/W7xngIBTskQ",
        "conditions": "orthonormal columns, A symmetric (projected gradient)",
    },
    "B162": {
        "topic": "symmetric, diagonal, orthogonal, skew variables",
        "link": "https://math.stackexchange.com/questions/4251681",
        "conditions": "D diagonal",
        "slip": "has least squares in all entries of D, asks how to keep it diagonal",
    },
    "B163": {
        "topic": "symmetric, diagonal, orthogonal, skew variables",
        "link": "https://math.stackexchange.com/questions/4251681",
    },
    "B164": {
        "topic": "Kronecker and vec",
        "link": "https://math.stackexchange.com/questions/2989176",
        "conditions": "Q invertible, symmetric",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "xx' of size nm in front: shape of Q lost",
    },
    "B165": {
        "topic": "Kronecker and vec",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Derivative of the trace of a quantity involving Kronecker product"), '
        "Math SE",
        "conditions": "A, B positive definite",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "trace trick with y'y in place of yy', and the logarithm dropped",
    },
    "C101": {
        "topic": "least squares, ridge, Tikhonov",
        "link": "https://math.stackexchange.com/questions/4237560",
    },
    "C104": {
        "topic": "least squares, ridge, Tikhonov",
        "link": "https://math.stackexchange.com/questions/2143052",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "2A|Ax-b|: the norm in place of the vector; 2A^2 for the Hessian",
        "wrong": "2*A*norm2(A*x-b)",
    },
    "C105": {
        "topic": "least squares, ridge, Tikhonov",
        "link": "https://github.com/sympy/sympy/issues/24725",
        "slip_kind": "tool refused or crashed",
        "slip": "SymPy: raises",
    },
    "C108": {
        "topic": "Gaussian likelihood, KL, factor analysis",
        "link": "https://math.stackexchange.com/questions/3253903",
        "conditions": "det L > 0",
        "slip_kind": "transposed / other layout",
        "slip": "the answer is the transpose",
        "wrong": "inv(L)+2*inv(L)*(x-z)*(x-z)'*inv(L*L')",
    },
    "C109": {
        "topic": "Gaussian likelihood, KL, factor analysis",
        "link": "https://math.stackexchange.com/questions/1690926",
        "conditions": "det L > 0",
    },
    "C114": {
        "topic": "Gaussian likelihood, KL, factor analysis",
        "link": "https://math.stackexchange.com/questions/883347",
        "conditions": "S positive definite",
    },
    "C115": {
        "topic": "Gaussian likelihood, KL, factor analysis",
        "link": "https://math.stackexchange.com/questions/2869314",
        "conditions": "P positive definite",
        "slip_kind": "constant factor (2, 1/2, n, 1/n)",
        "slip": "factor n lost in the log-determinant term",
        "wrong": "inv(W*W'+P)*W-inv(W*W'+P)*Z*Z'*inv(W*W'+P)*W",
    },
    "C117": {
        "topic": "Gaussian likelihood, KL, factor analysis",
        "link": "https://arxiv.org/abs/2506.23996",
        "conditions": "positive definite",
    },
    "C118": {
        "topic": "Gaussian likelihood, KL, factor analysis",
        "link": "https://arxiv.org/abs/2506.23996",
        "conditions": "positive definite",
    },
    "C120": {
        "topic": "Kalman filter",
        "link": "https://math.stackexchange.com/questions/2668867",
        "conditions": "P symmetric",
        "slip_kind": "order of factors or wrong side",
        "slip": "-2C(I-KC)P: inner factor on the wrong side, not transposed",
        "wrong": "-2*C*(eye(n)-K*C)*P",
    },
    "C121": {
        "topic": "Kalman filter",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Chain rule on matrix differentiation of trace in Kalman gain proof"), '
        "Math SE",
        "conditions": "P, R symmetric",
        "slip_kind": "trace or scalar chain rule (matrix where a number belongs, trace left over)",
        "slip": "chain rule written with the trace of the inner matrix",
    },
    "C122": {
        "topic": "matrix factorisation, NMF, masks",
        "link": "https://math.stackexchange.com/questions/2705924",
        "slip_kind": "Hadamard factor lost, or Hadamard against matrix product",
        "slip": "W once instead of twice",
        "wrong": "2*(W.*(U*V'-A))*V",
    },
    "C125": {
        "topic": "matrix factorisation, NMF, masks",
        "link": "https://math.stackexchange.com/questions/2795939",
    },
    "C126": {
        "topic": "matrix factorisation, NMF, masks",
        "link": "https://imathworks.com/math/matrix-differentiation-involving-hadamard-products",
    },
    "C130": {
        "topic": "metric learning, cosine, kernels",
        "link": "https://discuss.pytorch.org/t/123294",
        "conditions": "Wv != 0",
        "slip": "hand derivative and autograd disagree (reason not visible)",
    },
    "C138": {
        "topic": "softmax, cross-entropy, logistic",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Gradient of Softmax with Cross Entropy Loss"), Math SE',
        "slip_kind": "Hadamard factor lost, or Hadamard against matrix product",
        "slip": "elementwise product with A' for the matrix product with A",
        "wrong": "(exp(A'*y)/sum(exp(A'*y))-x).*A'",
    },
    "C139": {
        "topic": "softmax, cross-entropy, logistic",
        "link": "https://z.id.vn/?p=348969 (StackOverflow copy)",
        "slip_kind": "constant factor (2, 1/2, n, 1/n)",
        "slip": "mean in the loss, no 1/n in the gradient",
        "wrong": "exp(z)/sum(exp(z))-y",
    },
    "C140": {
        "topic": "networks, attention, normalisation",
        "link": "https://math.stackexchange.com/questions/4533169",
    },
    "C141": {
        "topic": "networks, attention, normalisation",
        "link": "https://stats.stackexchange.com/q/500902",
        "slip": "why an outer product for W and a matrix product for x",
    },
    "C144": {
        "topic": "networks, attention, normalisation",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Dimensions in single layer NN gradient"), Cross Validated',
        "slip_kind": "Hadamard factor lost, or Hadamard against matrix product",
        "slip": "precedence: B'.*h.*(1-h) before the matrix product",
        "wrong": "(exp(sigmoid(x*A+b)*B+c)/sum(exp(sigmoid(x*A+b)*B+c))-y)*(B'.*sigmoid(x*A+b).*(ones(1,p)-sigmoid(x*A+b)))*x",
    },
    "C146": {
        "topic": "continuum mechanics",
        "link": "https://github.com/adtzlr/tensortrax/issues/78",
        "conditions": "det F > 0",
        "slip_kind": "tool refused or crashed",
        "slip": "library failed on a transposed constant argument",
    },
    "C148": {
        "topic": "softmax, cross-entropy, logistic",
        "link": "https://stats.stackexchange.com/questions/400514",
    },
    "C149": {
        "topic": "softmax, cross-entropy, logistic",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Gradient of Softmax with Cross Entropy Loss"), Math SE',
    },
    "D101": {
        "topic": "Hessians: logistic, softmax",
        "link": "https://stats.stackexchange.com/questions/400514",
        "conditions": "labels +-1",
    },
    "D104": {
        "topic": "Hessians: logistic, softmax",
        "link": "https://math.stackexchange.com/questions/4613320",
    },
    "D105": {
        "topic": "Hessians: logistic, softmax",
        "link": "https://stats.stackexchange.com/questions/525042",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "xx in place of xx'",
        "wrong": "(exp(W*x)/sum(exp(W*x)))'*H*x*x",
    },
    "D106": {
        "topic": "Hessians: logistic, softmax",
        "link": "https://math.stackexchange.com/questions/4340719",
        "slip_kind": "missing term",
        "slip": "softmax treated as constant in its own derivative: identity",
        "wrong": "H",
    },
    "D111": {
        "topic": "Hessians: norms, quartics, quotients",
        "link": "https://math.stackexchange.com/questions/709370",
        "slip": "looks for a matrix form of d(2X)/dX",
    },
    "D113": {
        "topic": "Hessians: norms, quartics, quotients",
        "link": "https://math.stackexchange.com/questions/648535",
        "conditions": "v != 0, M symmetric",
    },
    "D114": {
        "topic": "Hessians: norms, quartics, quotients",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Computing gradient and Hessian of a vector function"), Math SE',
        "conditions": "x != 0",
    },
    "D115": {
        "topic": "Hessians: norms, quartics, quotients",
        "link": "https://math.stackexchange.com/questions/4237560",
    },
    "D116": {
        "topic": "Hessians: norms, quartics, quotients",
        "link": "https://www.cs.rit.edu/~dprl/ARQMath-backup (Math SE thread, 2012)",
    },
    "D119": {
        "topic": "Hessians: norms, quartics, quotients",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Chain rule on matrix differentiation of trace in Kalman gain proof"), '
        "Math SE",
        "conditions": "P, R symmetric",
    },
    "D122": {
        "topic": "Hessians: inverses, determinants, KL",
        "link": "https://arxiv.org/abs/2506.23996",
        "conditions": "positive definite",
    },
    "D123": {
        "topic": "Hessians: inverses, determinants, KL",
        "link": "https://arxiv.org/abs/2506.23996",
        "conditions": "positive definite",
    },
    "D124": {
        "topic": "second derivatives by a scalar",
        "link": "https://math.stackexchange.com/questions/1749066",
    },
    "D126": {
        "topic": "second derivatives by a scalar",
        "link": "https://github.com/pytorch/pytorch/issues/196697",
        "conditions": "tA+B positive definite",
        "slip_kind": "tool returned 0",
        "slip": "PyTorch: 0 in nested forward mode",
        "wrong": "0*H",
    },
    "E105": {
        "topic": "Jacobians: elementwise and diag",
        "link": "https://math.stackexchange.com/questions/3855747",
    },
    "E107": {
        "topic": "Jacobians: elementwise and diag",
        "link": "https://math.stackexchange.com/questions/2723473",
        "conditions": "Y invertible",
    },
    "E109": {
        "topic": "Jacobians: quotients, norms, softmax",
        "link": "https://math.stackexchange.com/questions/2820120",
        "conditions": "x'Bx != 0, A and B symmetric",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "gradient of the quotient multiplied as inner product, and with A for B",
        "wrong": "((2*A*x/(x'*B*x)-2*(x'*A*x)/(x'*B*x)^2*B*x)'*(A*x))*H+(x'*A*x)/(x'*B*x)*B*H",
    },
    "E110": {
        "topic": "Jacobians: quotients, norms, softmax",
        "link": "https://math.stackexchange.com/questions/4380199",
        "conditions": "x != 0",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "x in place of xx': (||x||^2 I - x)/||x||^3",
        "wrong": "((x'*x)*eye(n)-x)*H/sqrt(x'*x)^3",
    },
    "E113": {
        "topic": "Jacobians: inverses and projections",
        "link": "https://math.stackexchange.com/questions/3839203",
        "conditions": "X of full column rank",
    },
    "E114": {
        "topic": "Jacobians: inverses and projections",
        "link": "https://math.stackexchange.com/questions/3569036",
    },
    "E116": {
        "topic": "Jacobians: inverses and projections",
        "link": "https://math.stackexchange.com/questions/3618896",
        "slip_kind": "order of factors or wrong side",
        "slip": "(A+A')h - t",
        "wrong": "(A+A')*H*h-H*t",
    },
    "E117": {
        "topic": "Jacobians: inverses and projections",
        "link": "https://math.stackexchange.com/questions/3618896",
        "conditions": "A of full column rank",
    },
    "E118": {
        "topic": "Jacobians: products, vec, Kronecker",
        "link": "https://math.stackexchange.com/questions/3927579",
    },
    "E121": {
        "topic": "Jacobians: products, vec, Kronecker",
        "link": "https://math.stackexchange.com/questions/4527867",
        "slip_kind": "outer against inner product, shapes do not fit",
        "slip": "(I kron x + x kron I) kron I has another shape",
        "wrong": "kron(kron(eye(n),x)+kron(x,eye(n)),eye(m))",
    },
    "E122": {
        "topic": "Jacobians: products, vec, Kronecker",
        "link": "https://math.stackexchange.com/questions/2178394",
    },
    "E123": {
        "topic": "Jacobians: products, vec, Kronecker",
        "link": "https://math.stackexchange.com/questions/3283961",
    },
    "G101": {
        "topic": "Kronecker and vec",
        "link": "https://math.stackexchange.com/questions/1006188",
        "slip": "asks whether the chain rule through X kron I is allowed (matrix by matrix "
        "derivative)",
    },
    "G102": {
        "topic": "Kronecker and vec",
        "link": "https://math.stackexchange.com/questions/2648783",
    },
    "G105": {
        "topic": "Gaussian processes",
        "link": "https://huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1 (copy of a thread "
        'titled "Maximum Likelihood Estimator - Covariance Squared Exponential Matlab"), '
        "StackOverflow",
        "conditions": "noise t > 0",
        "slip_kind": "trace or scalar chain rule (matrix where a number belongs, trace left over)",
        "slip": "trace closed too early: tr(...) * dK is a matrix",
        "wrong": "s*tr(inv((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m)))-inv((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m)))*y*y'*inv((s^2*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))+t*eye(m))))*exp(-(diag(X*X')*ones(m)'+ones(m)*diag(X*X')'-2*X*X')/(2*l^2))",
    },
    "G108": {
        "topic": "powers and matrix functions",
        "link": "https://imathworks.com/math/derivative-of-matrix-nuclear-norm",
        "conditions": "L'L - S invertible",
        "slip": "stopped at dX with X = L'L",
    },
    "G110": {
        "topic": "networks, attention, normalisation",
        "link": "https://ai.stackexchange.com/questions/25055",
    },
}


def problems() -> list[list[str]]:
    """The fields of each problem."""
    return [line.split(" | ") for line in P.strip().splitlines()]
