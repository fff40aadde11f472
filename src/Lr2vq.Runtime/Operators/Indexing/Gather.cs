using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Gather: entries of an axis, picked by indices.</summary>
/// <remarks>(data, indices) → (y), data of any type but text, indices i32 or i64 (negative ones count from the end), plain. Attribute axis. Rows of an
/// embedding table (a weight of role gather, axis 0) are decoded one by one.</remarks>
public sealed unsafe class Gather : Operator, IOperator<Gather>
{
    private readonly int _axis;
    private WeightTensor? _table;

    private Gather(int axis) => _axis = axis;

    /// <inheritdoc/>
    public static Gather Read(StepAttributes attributes) => new(attributes.Int("axis", 0));

    internal override void Bind(BindContext context)
    {
        // Both roles have rows in the order of the tensor.
        if (_axis == 0 && context.RoleOf(0) is WeightRole.Gather or WeightRole.Gemm) _table = context.TakeWeight(0);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, _axis));

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        ref readonly TensorView y = ref arguments.Outputs[0];
        IndexReader indices = new(arguments.Inputs[1]);
        long count = arguments.Inputs[1].Length;
        if (_table is { } table)
        {
            for (long i = 0; i < count; i++)
                table.DecodeRows((int)indices.Checked(i, view.Length), 1, y.F32 + i * view.Inner, view.Inner);
            return;
        }
        long bytes = view.Inner * ElementTypes.ByteLength(y.Type);
        byte* from = arguments.Inputs[0].Data, to = y.Data;
        for (long o = 0; o < view.Outer; o++, from += view.Length * bytes)
            for (long i = 0; i < count; i++, to += bytes)
                Buffer.MemoryCopy(from + indices.Checked(i, view.Length) * bytes, to, bytes, bytes);
    }
}
