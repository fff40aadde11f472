using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>The operands of a product as numpy has it: a vector on the left is one row, on the right one column, and the result does not have that axis.</summary>
internal sealed class MatrixOperands
{
    private readonly NodeContext _node;
    private readonly bool _row, _column;

    private readonly string? _output;

    /// <param name="node">The node.</param>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <param name="output">Name of the result; null if something else is made of it.</param>
    public MatrixOperands(NodeContext node, Value a, Value b, string? output)
    {
        if (a.Rank == 0 || b.Rank == 0) throw node.Invalid("an operand is a scalar");
        (_node, _output) = (node, output);
        (_row, _column) = (a.Rank == 1, b.Rank == 1);
        Left = _row ? node.Builder.Reshape(a, [Dimension.One, a.Shape[0]]) : a;
        Right = _column ? node.Builder.Reshape(b, [b.Shape[0], Dimension.One]) : b;
        Dimension columns = Left.Shape[^1], rows = Right.Shape[^2];
        bool fits = b.Constant is null ? Shapes.MayBeEqual(columns, rows) : NodeContext.Unify(columns, rows);
        Batch = (fits ? Shapes.Broadcast(Left.Shape[..^2], Right.Shape[..^2]) : null) ?? throw node.Invalid($"the shapes of {Left} and {Right} do not fit");
    }

    public Value Left { get; }
    public Value Right { get; }

    /// <summary>The axes of the result in front of its matrix.</summary>
    public Dimension[] Batch { get; }

    /// <summary>The shape of the product of the matrices.</summary>
    public Dimension[] Shape => [.. Batch, Left.Shape[^2], Right.Shape[^1]];

    /// <summary>The name of that product, if it is the result.</summary>
    public string? OutputName => _row || _column ? null : _output;

    /// <summary>The result without the axes that its operands did not have.</summary>
    public Value Result(Value y)
    {
        if (_row) y = _node.Builder.Reshape(y, [.. Batch, y.Shape[^1]], _column ? null : _output);
        return _column ? _node.Builder.Reshape(y, y.Shape[..^1], _output) : y;
    }
}
