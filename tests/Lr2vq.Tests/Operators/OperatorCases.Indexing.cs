using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

internal static partial class OperatorCases
{
    private static void AddIndexing(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Gather"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int axis = draw.Int(0, shape.Length - 1);
            return new("Gather", 13, ("data", AnyType(draw, shape)), ("indices", Indices(draw, shape[axis], draw.Shape(0, 2)))) { Attributes = [("axis", axis)] };
        };
        cases["Gather of a table"] = draw =>
        {
            int rows = draw.Int(1, 40);
            return new("Gather", 13, ("data", draw.Floats(rows, draw.Int(1, 70))), ("indices", Indices(draw, rows, draw.Shape(0, 2))))
            {
                Attributes = [("axis", 0)], Constants = ["data"], RunsAlone = false, Tolerance = Tolerance.Exact,
            };
        };
        cases["GatherElements"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int axis = draw.Int(0, shape.Length - 1);
            int[] picked = [.. shape.Select((length, d) => d == axis ? draw.Int(1, 9) : draw.Int(1, length))];
            return new("GatherElements", 13, ("data", AnyType(draw, shape)), ("indices", Indices(draw, shape[axis], picked))) { Attributes = [("axis", axis)] };
        };
        cases["GatherND"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int batch = draw.Int(0, shape.Length - 1), tuple = draw.Int(1, shape.Length - batch);
            int[] outer = [.. shape[..batch], .. draw.Shape(0, 1)];
            return new("GatherND", 13, ("data", AnyType(draw, shape)), ("indices", Tuples(draw, shape[batch..(batch + tuple)], outer)))
            {
                Attributes = [("batch_dims", batch)],
            };
        };
        cases["ScatterElements"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int axis = draw.Int(0, shape.Length - 1);
            string reduction = draw.Pick("none", "add", "mul", "max", "min");
            int[] picked = [.. shape.Select((length, d) => d == axis ? draw.Int(1, length) : draw.Int(1, length))];
            // Without a reduction every place is written once, so that the order does not matter.
            HostTensor indices = reduction == "none" ? Distinct(draw, shape[axis], picked, axis) : Indices(draw, shape[axis], picked, wide: true);
            return new("ScatterElements", 18, ("data", draw.Floats(shape)), ("indices", indices), ("updates", draw.Floats(picked)))
            {
                Attributes = [("axis", axis), ("reduction", reduction)],
            };
        };
        cases["ScatterND"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int tuple = draw.Int(1, shape.Length);
            int[] outer = [draw.Int(1, 3)];
            string reduction = draw.Pick("none", "add", "mul", "max", "min");
            if (reduction == "none") outer = [1];
            return new("ScatterND", 18, ("data", draw.Floats(shape)), ("indices", Tuples(draw, shape[..tuple], outer)),
                ("updates", draw.Floats([.. outer, .. shape[tuple..]])))
            {
                Attributes = [("reduction", reduction)],
            };
        };
        cases["OneHot"] = draw =>
        {
            int[] shape = draw.Shape(1, 3);
            int axis = draw.Int(0, shape.Length), depth = draw.Int(2, 9);
            return new("OneHot", 11, ("indices", draw.Longs(-depth, depth - 1, shape)), ("depth", HostTensor.Scalar((long)depth)), ("values", draw.Floats(2)))
            {
                Attributes = [("axis", axis)], Constants = ["depth"],
            };
        };
        cases["Range"] = draw =>
        {
            int start = draw.Int(-9, 9), delta = draw.Pick(-3, -1, 1, 2, 5), count = draw.Int(1, 40);
            return new("Range", 11, ("start", HostTensor.Scalar((long)start)), ("limit", HostTensor.Scalar((long)start + count * delta)),
                ("delta", HostTensor.Scalar((long)delta)))
            {
                PlanAttributes = $"start={start} delta={delta}", PlanInputs = [],
                Constants = ["start", "limit", "delta"],
            };
        };
        // The count is a length of the input, so that nothing folds where that is a symbol.
        cases["Range of a length"] = draw => new("Range", 11, ("x", draw.Floats(draw.Int(2, 40))))
        {
            Nodes = model => model.Constant("first", HostTensor.Scalar(-3L)).Constant("step", HostTensor.Scalar(2L))
                .Node("Shape", ["x"], ["shape"]).Node("Squeeze", ["shape"], ["limit"], ("axes", new long[] { 0 })).Node("Range", ["first", "limit", "step"], ["out0"]),
            RunsAlone = false,
        };
        cases["If"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            OnnxBuilder positive = new OnnxBuilder().Node("Neg", ["x"], ["t"]).Output("t"), negative = new OnnxBuilder().Node("Abs", ["x"], ["e"]).Output("e");
            return new("If", 16, ("c", HostTensor.Scalar(draw.Chance())), ("x", draw.Floats(shape)))
            {
                Nodes = builder => builder.Node("If", ["c"], ["out0"], ("then_branch", positive), ("else_branch", negative)), RunsAlone = false,
            };
        };
        cases["Loop"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            OnnxBuilder body = new OnnxBuilder().Input("i", ElementType.Int64).Input("going", ElementType.Bool).Input("h", ElementType.Float32, [.. shape.Select(_ => (object)null!)])
                .Node("Neg", ["h"], ["g"]).Node("Add", ["g", "x"], ["n"]).Node("Identity", ["going"], ["more"]).Output("more", ElementType.Bool).Output("n", ElementType.Float32, [.. shape.Select(_ => (object)null!)]);
            return new("Loop", 16, ("m", HostTensor.Scalar((long)draw.Int(0, 5))), ("x", draw.Floats(shape)))
            {
                Nodes = builder => builder.Initializer("go", HostTensor.Scalar(true)).Node("Loop", ["m", "go", "x"], ["out0"], ("body", body)), RunsAlone = false,
            };
        };
        foreach (string op in new[] { "RandomUniform", "RandomNormal" })
            cases[op] = draw =>
            {
                // Of what is drawn only the shape can be compared.
                return new(op, 16, ("x", draw.Floats(draw.Shape(1, 4))))
                {
                    Nodes = builder => builder.Constant("zero", HostTensor.Scalar(0f)).Node(op + "Like", ["x"], ["drawn"]).Node("Mul", ["drawn", "zero"], ["nothing"]).Node("Add", ["x", "nothing"], ["out0"]), RunsAlone = false,
                };
            };
        cases["DimensionValues"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            return new("Shape", 13, ("x", draw.Floats(shape))) { PlanName = "DimensionValues", PlanAttributes = $"values={string.Join(',', shape)}", PlanInputs = [] };
        };
    }

    private static HostTensor Indices(Draw draw, int length, int[] shape, bool wide = false) =>
        wide || draw.Chance() ? draw.Longs(-length, length - 1, shape) : draw.Ints(-length, length - 1, shape);

    private static HostTensor Tuples(Draw draw, int[] lengths, int[] outer)
    {
        HostTensor tuples = draw.Longs(0, 0, [.. outer, lengths.Length]);
        Span<long> values = tuples.Values<long>();
        for (int i = 0; i < values.Length; i++) values[i] = draw.Int(-lengths[i % lengths.Length], lengths[i % lengths.Length] - 1);
        return tuples;
    }

    /// <summary>Indices of which no two along the axis are the same.</summary>
    private static HostTensor Distinct(Draw draw, int length, int[] shape, int axis)
    {
        HostTensor indices = draw.Longs(0, 0, shape);
        int[] order = draw.Permutation(length);
        long inner = shape[(axis + 1)..].Aggregate(1L, (product, d) => product * d);
        Span<long> values = indices.Values<long>();
        for (int i = 0; i < values.Length; i++) values[i] = order[i / inner % shape[axis]];
        return indices;
    }
}
