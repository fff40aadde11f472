using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>SVMRegressor: kernels of the rows with support vectors, weighted, or a linear product.</summary>
internal sealed class SVMRegressor() : MachineLearningOperator("SVMRegressor")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = Scores.Rows(node);
        float[] vectors = node.Attribute("support_vectors")?.Floats ?? [], coefficients = node.Attribute("coefficients")?.Floats ?? [], rho = node.Attribute("rho")?.Floats ?? [];
        int count = node.Int("n_supports", 0);
        if (rho.Length == 0 || coefficients.Length == 0) throw node.Invalid("its coefficients are missing");
        Value sum;
        if (count == 0) sum = Product(node, Kernel(node, x, Matrix(node, x, "coefficients", coefficients, 1)), [1f]);
        else
        {
            if (count < 0 || coefficients.Length != count || vectors.Length % count != 0 || vectors.Length == 0) throw node.Invalid("its support vectors do not fit");
            sum = Product(node, Kernel(node, x, Matrix(node, x, "vectors", vectors, count)), coefficients);
        }
        Value y = builder.Binary("Add", sum, builder.Scalar(rho[0], "rho"));
        if (node.Int("one_class", 0) != 0)
        {
            Value positive = builder.Cast(builder.Binary("Greater", y, builder.Scalar(0f, "zero"), ElementType.Bool), ElementType.Float32);
            y = builder.Binary("Sub", builder.Binary("Mul", positive, builder.Scalar(2f, "two")), builder.Scalar(1f, "one"));
        }
        if (node.Text("post_transform", "NONE") != "NONE") throw node.Unsupported("a transform of its score");
        node.Return(y);
    }

    private static Value Matrix(NodeContext node, Value x, string name, float[] values, int rows)
    {
        int features = values.Length / rows;
        if (!NodeContext.Unify(x.Shape[1], features)) throw node.Invalid($"its {features} features do not fit {x}");
        return node.Builder.Constant(ConstantTensor.Of([rows, features], values), name);
    }

    /// <summary>The kernel of every row with every vector.</summary>
    private static Value Kernel(NodeContext node, Value x, Value vectors)
    {
        GraphBuilder builder = node.Builder;
        float[] parameters = node.Attribute("kernel_params")?.Floats is { Length: 3 } given ? given : [0f, 0f, 0f];
        string kind = node.Choice("kernel_type", "LINEAR", "LINEAR", "POLY", "RBF", "SIGMOID");
        Dimension[] shape = [x.Shape[0], vectors.Shape[0]];
        if (kind == "RBF")
        {
            Value apart = builder.Binary("Sub", builder.Reshape(x, [x.Shape[0], Dimension.One, x.Shape[1]]), builder.Reshape(vectors, [Dimension.One, .. vectors.Shape]));
            Value squares = builder.Emit("ReduceSumSquare", [apart], new AttributeList().Add("axes", [2]), x.Type, shape);
            return builder.Unary("Exp", builder.Binary("Mul", squares, builder.Scalar(-parameters[0], "gamma")));
        }
        Value products = builder.Emit("Gemm", [x, vectors], new AttributeList().Flag("transB", true), x.Type, shape);
        if (kind == "LINEAR") return products;
        Value line = builder.Binary("Add", builder.Binary("Mul", products, builder.Scalar(parameters[0], "gamma")), builder.Scalar(parameters[1], "shift"));
        return kind == "SIGMOID" ? builder.Unary("Tanh", line) : builder.Binary("Pow", line, builder.Scalar(parameters[2], "degree"));
    }

    private static Value Product(NodeContext node, Value kernels, float[] coefficients)
    {
        if (coefficients is [1f] && kernels.Shape[1].Equals(Dimension.One)) return kernels;
        Value column = node.Builder.Constant(ConstantTensor.Of([1, coefficients.Length], [.. coefficients]), "coefficients");
        return node.Builder.Emit("Gemm", [kernels, column], new AttributeList().Flag("transB", true), kernels.Type, [kernels.Shape[0], Dimension.One]);
    }
}
