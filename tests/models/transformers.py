"""Encoders in their published architectures, as PyTorch's exporters write them.

style "torchscript": LayerNorm, Gelu and attention decomposed (opset 14); style "fused": LayerNormalization and Gelu as operators and
scaled-dot-product attention as the newer exporter writes it (opset 20)."""
import numpy as np

from builder import FLOAT, INT64, Builder

LOWEST = float(np.finfo(np.float32).min)


class Encoder:
    def __init__(self, name, seed, style, layers, hidden, heads, vocabulary, positions, epsilon=1e-12):
        self.b = Builder(name, 14 if style == "torchscript" else 20, seed)
        self.style, self.layers, self.hidden, self.heads = style, layers, hidden, heads
        self.vocabulary, self.positions, self.epsilon = vocabulary, positions, epsilon
        self.ids = self.b.input("input_ids", INT64, ["batch", "sequence"])
        self.mask = self.b.input("attention_mask", INT64, ["batch", "sequence"])

    def size_of(self, x, axis):
        return self.b.op("Gather", self.b.op("Shape", x), self.b.const(axis), axis=0)

    def unsqueezed(self, x, axis=0):
        return self.b.op("Unsqueeze", x, self.b.const([axis]))

    def table(self, rows):
        return self.b.weight(self.b.normal(rows, self.hidden, scale=0.05))

    def linear(self, x, cin, cout):
        b = self.b
        w, bias = b.weight(b.normal(cin, cout, scale=0.8 * cin ** -0.5)), b.weight(b.normal(cout, scale=0.02))
        return b.op("Add", bias, b.op("MatMul", x, w))

    def layernorm(self, x):
        b = self.b
        gain, shift = b.weight(1 + b.normal(self.hidden, scale=0.05)), b.weight(b.normal(self.hidden, scale=0.05))
        if self.style != "torchscript":
            return b.op("LayerNormalization", x, gain, shift, axis=-1, epsilon=self.epsilon)
        centred = b.op("Sub", x, b.op("ReduceMean", x, axes=[-1], keepdims=1))
        variance = b.op("ReduceMean", b.op("Pow", centred, b.f(2)), axes=[-1], keepdims=1)
        y = b.op("Div", centred, b.op("Sqrt", b.op("Add", variance, b.f(self.epsilon))))
        return b.op("Add", b.op("Mul", y, gain), shift)

    def gelu(self, x):
        b = self.b
        if self.style != "torchscript":
            return b.op("Gelu", x)
        erf = b.op("Erf", b.op("Div", x, b.f(2 ** 0.5)))
        return b.op("Mul", b.op("Mul", x, b.op("Add", erf, b.f(1))), b.f(0.5))

    def split_heads(self, x, perm):
        b = self.b
        shape = b.op("Concat", self.unsqueezed(self.size_of(x, 0)), self.unsqueezed(self.size_of(x, 1)), b.const([self.heads]),
                     b.const([self.hidden // self.heads]), axis=0)
        return b.op("Transpose", b.op("Reshape", x, shape), perm=perm)

    def masked(self, scores, additive):
        return self.b.op("Add", scores, additive)

    def attention(self, x, additive):
        b, scale = self.b, (self.hidden // self.heads) ** 0.5
        q, k, v = (self.linear(x, self.hidden, self.hidden) for _ in range(3))
        q, k, v = self.split_heads(q, [0, 2, 1, 3]), self.split_heads(k, [0, 2, 3, 1]), self.split_heads(v, [0, 2, 1, 3])
        if self.style == "torchscript":
            scores = b.op("Div", b.op("MatMul", q, k), b.f(scale))
        else:
            root = b.f(scale ** -0.5)
            scores = b.op("MatMul", b.op("Mul", q, root), b.op("Mul", k, root))
        y = b.op("MatMul", b.op("Softmax", self.masked(scores, additive), axis=-1), v)
        y = b.op("Transpose", y, perm=[0, 2, 1, 3])
        shape = b.op("Concat", self.unsqueezed(self.size_of(y, 0)), self.unsqueezed(self.size_of(y, 1)), b.const([self.hidden]), axis=0)
        return self.linear(b.op("Reshape", y, shape), self.hidden, self.hidden)

    def additive_mask(self):
        b = self.b
        mask = b.op("Cast", self.unsqueezed(self.unsqueezed(self.mask, 1), 2), to=FLOAT)
        return b.op("Mul", b.op("Sub", b.f(1), mask), b.f(LOWEST))

    def position_ids(self):
        b = self.b
        all_ids = b.weight(np.arange(self.positions, dtype=np.int64)[None])
        length = self.unsqueezed(self.size_of(self.ids, 1))
        return b.op("Slice", all_ids, b.const([0]), length, b.const([1]), b.const([1]))

    def embed(self, types=None, position_ids=None):
        b = self.b
        x = b.op("Gather", self.table(self.vocabulary), self.ids)
        if types is not None:
            x = b.op("Add", x, b.op("Gather", self.table(2 if types != "one" else 1), types if types != "one" else self.zeros()))
        x = b.op("Add", x, b.op("Gather", self.table(self.positions), position_ids or self.position_ids()))
        return self.layernorm(x)

    def zeros(self):
        return self.b.op("Sub", self.ids, self.ids)

    def encode(self, x, mask):
        b = self.b
        for _ in range(self.layers):
            x = self.layernorm(b.op("Add", self.attention(x, mask), x))
            y = self.gelu(self.linear(x, self.hidden, 4 * self.hidden))
            x = self.layernorm(b.op("Add", self.linear(y, 4 * self.hidden, self.hidden), x))
        return x

    def first_token(self, x):
        return self.b.op("Gather", x, self.b.const(0), axis=1)

    def dense(self, x, cin, cout):
        b = self.b
        return b.op("Gemm", x, b.weight(b.normal(cout, cin, scale=cin ** -0.5)), b.weight(b.normal(cout, scale=0.02)), transB=1)


def bert_base(path, style="torchscript", layers=12, seed=768):
    """BERT-base (arXiv 1810.04805) for sequence classification with three labels."""
    e = Encoder("bert_base", seed, style, layers, 768, 12, 30522, 512)
    types = e.b.input("token_type_ids", INT64, ["batch", "sequence"])
    x = e.encode(e.embed(types), e.additive_mask())
    pooled = e.b.op("Tanh", e.dense(e.first_token(x), 768, 768))
    e.b.output(e.dense(pooled, 768, 3), "logits", FLOAT, ["batch", 3])
    e.b.save(path)


def roberta(path, head="classification", style="torchscript", layers=12, seed=514):
    """RoBERTa-base (arXiv 1907.11692); head "classification" (three labels) or "fill-mask"."""
    e = Encoder("roberta_base", seed, style, layers, 768, 12, 50265, 514, epsilon=1e-5)
    b = e.b
    real = b.op("Cast", b.op("Not", b.op("Equal", e.ids, b.const(1))), to=INT64)
    positions = b.op("Add", b.op("Mul", b.op("CumSum", real, b.const(1)), real), b.const(1))
    x = e.encode(e.embed("one", positions), e.additive_mask())
    if head == "classification":
        y = b.op("Tanh", e.dense(e.first_token(x), 768, 768))
        b.output(e.dense(y, 768, 3), "logits", FLOAT, ["batch", 3])
    else:
        y = e.layernorm(e.gelu(e.linear(x, 768, 768)))
        b.output(e.linear(y, 768, 50265), "logits", FLOAT, ["batch", "sequence", 50265])
    b.save(path)


class DistilEncoder(Encoder):
    """DistilBERT masks scores by Where and scales the queries."""

    def masked(self, scores, padding):
        b = self.b
        return b.op("Where", b.op("Expand", padding, b.op("Shape", scores)), b.f(LOWEST), scores)

    def padding(self):
        b = self.b
        return self.unsqueezed(self.unsqueezed(b.op("Equal", self.mask, b.const(0)), 1), 2)


def distilbert(path, style="torchscript", layers=6, seed=66):
    """DistilBERT-base (arXiv 1910.01108) for sequence classification with two labels."""
    e = DistilEncoder("distilbert", seed, style, layers, 768, 12, 30522, 512)
    x = e.encode(e.embed(), e.padding())
    y = e.b.op("Relu", e.dense(e.first_token(x), 768, 768))
    e.b.output(e.dense(y, 768, 2), "logits", FLOAT, ["batch", 2])
    e.b.save(path)


def minilm(path, style="torchscript", seed=384):
    """MiniLM-L6-H384 (arXiv 2002.10957) with the mean pooling and normalisation of its sentence encoder."""
    e = Encoder("minilm", seed, style, 6, 384, 12, 30522, 512)
    b = e.b
    types = b.input("token_type_ids", INT64, ["batch", "sequence"])
    x = e.encode(e.embed(types), e.additive_mask())
    b.output(x, "last_hidden_state", FLOAT, ["batch", "sequence", 384])
    weights = b.op("Cast", e.unsqueezed(e.mask, -1), to=FLOAT)
    total = b.op("ReduceSum", b.op("Mul", x, weights), b.const([1]), keepdims=0)
    count = b.op("Clip", b.op("ReduceSum", weights, b.const([1]), keepdims=0), b.f(1e-9), "")
    mean = b.op("Div", total, count)
    length = b.op("Sqrt", b.op("ReduceSum", b.op("Mul", mean, mean), b.const([1]), keepdims=1))
    b.output(b.op("Div", mean, b.op("Clip", length, b.f(1e-12), "")), "sentence_embedding", FLOAT, ["batch", 384])
    b.save(path)
