using System;
using System.Collections.Generic;
using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Concat: tensors one after the other along an axis.</summary>
/// <remarks>(x…) → (y), any type but text, plain; f32 also blocked (along axis 1 channels move to other lanes; fast if all
/// are divisible by 4). Attribute axis.</remarks>
public sealed unsafe class Concat : Operator, IOperator<Concat>
{
    private readonly int _axis;

    private Concat(int axis) => _axis = axis;

    /// <inheritdoc/>
    public static Concat Read(StepAttributes attributes) => new(attributes.Int("axis", 0));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(rules.InputCount, 1);
        RuleTensor y = rules.Output(0).IsSized();
        StepRules.Axis(_axis, y.Rank);
        Extent[] shape = y.Shape;
        Extent sum = 0;
        for (int i = 0; i < rules.InputCount; i++)
        {
            RuleTensor x = rules.Input(i).IsLike(y.Type).HasLayout(y.Layout).HasRank(y.Rank);
            sum += shape[_axis] = x[_axis];
            x.HasShape(shape);
        }
        shape[_axis] = sum;
        y.HasShape(shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        if (_axis == 1 && shapes.Outputs[0].Layout == TensorLayout.Blocked) return new(State: Channels(shapes));
        long[] y = StoredShape.Of(shapes.Outputs[0]);
        long[] destination = StridedCopy.Dense(y);
        StridedCopy[] copies = new StridedCopy[shapes.Inputs.Length];
        long start = 0;
        for (int i = 0; i < copies.Length; i++)
        {
            long[] x = StoredShape.Of(shapes.Inputs[i]);
            copies[i] = new StridedCopy(x, StridedCopy.Dense(x), destination, 0, start * destination[_axis],
                ElementTypes.ByteLength(shapes.Outputs[0].Type));
            start += x[_axis];
        }
        return new(State: Array.ConvertAll(copies, copy => new[] { copy }));
    }

    /// <summary>Copies of the channels of each blocked input: as many neighbouring lanes at once as go from one block to one block, in sizes that a vector has.</summary>
    private static StridedCopy[][] Channels(in StepShapes shapes)
    {
        ref readonly TensorView y = ref shapes.Outputs[0];
        long pixels = (long)y.Shape[2] * y.Shape[3], blocks = (y.Shape[1] + 15) / 16;
        var copies = new StridedCopy[shapes.Inputs.Length][];
        int start = 0;
        for (int i = 0; i < copies.Length; i++)
        {
            int[] x = shapes.Inputs[i].Shape;
            long xBlocks = (x[1] + 15) / 16;
            List<StridedCopy> parts = [];
            // Whole blocks move together.
            if (start % 16 == 0 && x[1] >= 16)
                parts.Add(new StridedCopy([x[0], x[1] / 16 * pixels * 16], [xBlocks * pixels * 16, 1], [blocks * pixels * 16, 1], 0, start * pixels, sizeof(float)));
            for (int channel = start % 16 == 0 ? x[1] & ~15 : 0, lanes; channel < x[1]; channel += lanes)
            {
                int to = start + channel;
                lanes = Math.Min(x[1] - channel, Math.Min(16 - channel % 16, 16 - to % 16));
                if (!BitOperations.IsPow2(lanes)) lanes = 1 << BitOperations.Log2((uint)lanes);
                parts.Add(new StridedCopy([x[0], pixels, lanes], [xBlocks * pixels * 16, 16, 1], [blocks * pixels * 16, 16, 1],
                    channel / 16 * pixels * 16 + channel % 16, to / 16 * pixels * 16 + to % 16, sizeof(float)));
            }
            copies[i] = [.. parts];
            start += x[1];
        }
        return copies;
    }

    internal override void Run(in StepArguments arguments)
    {
        var copies = (StridedCopy[][])arguments.State!;
        for (int i = 0; i < copies.Length; i++)
            foreach (StridedCopy copy in copies[i]) copy.Run(arguments.Team, arguments.Inputs[i].Data, arguments.Outputs[0].Data);
        PadLanes.Clear(arguments.Outputs[0]);
    }
}
