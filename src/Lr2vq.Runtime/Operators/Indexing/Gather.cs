using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
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

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor data = rules.Input(0).IsSized();
        StepRules.Axis(_axis, data.Rank);
        // A table that is decoded row by row is a matrix.
        if (_axis == 0 && data.Role is WeightRole.Gather or WeightRole.Gemm) data.HasRank(2);
        Extent[] indices = rules.Input(1).Is(ElementType.Int32, ElementType.Int64).Shape, shape = data.Shape;
        rules.Output(0).IsLike(data.Type).HasShape([.. shape.AsSpan(0, _axis), .. indices, .. shape.AsSpan(_axis + 1)]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, _axis));

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        ref readonly TensorView y = ref arguments.Outputs[0];
        long count = arguments.Inputs[1].Length, bytes = view.Inner * ElementTypes.ByteLength(y.Type);
        Ranges.Run(arguments.Team, view.Outer * count, Ranges.LeastMoved(bytes / sizeof(float)),
            new Entries(_table, arguments.Inputs[0].Data, y.Data, new(arguments.Inputs[1]), count, view, bytes));
    }

    /// <summary>Entries of the result.</summary>
    private readonly struct Entries(WeightTensor? table, byte* from, byte* to, IndexReader indices, long count, AxisView view, long bytes) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long entry = first; entry < last; entry++)
            {
                long index = indices.Checked(entry % count, view.Length);
                if (table is not null) table.DecodeRows((int)index, 1, (float*)(to + entry * bytes), view.Inner);
                else Buffer.MemoryCopy(from + (entry / count * view.Length + index) * bytes, to + entry * bytes, bytes, bytes);
            }
        }
    }
}
