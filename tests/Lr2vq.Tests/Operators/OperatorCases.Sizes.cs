using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <content>Operators that find a size in the data; the memory of their results is planned for the largest, so that only the chain runs them.</content>
internal static partial class OperatorCases
{
    private static void AddSizes(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["NonZero"] = draw => new("NonZero", 13, ("x", Sparse(draw, draw.Shape(1, 4)))) { RunsAlone = false, Tolerance = Tolerance.Exact };
        cases["NonZero, then rows of what it finds"] = draw =>
        {
            int[] shape = draw.Shape(2);
            return new("NonZero", 13, ("x", Sparse(draw, shape)), ("rows", draw.Floats(shape[0], draw.Int(1, 20))), ("first", HostTensor.Scalar(0L)), ("one", HostTensor.Longs(1)))
            {
                Constants = ["first", "one"], Outputs = 3, RunsAlone = false,
                Nodes = builder => builder.Node("NonZero", ["x"], ["places"]).Node("Gather", ["places", "first"], ["of"], ("axis", 0L)).Node("Gather", ["rows", "of"], ["out0"])
                    .Node("ReduceSum", ["out0", "one"], ["sums"]).Node("Abs", ["sums"], ["out1"]).Node("Shape", ["places"], ["out2"]),
            };
        };
        cases["Compress"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int axis = draw.Int(0, shape.Length - 1);
            bool flat = draw.Chance(0.3);
            int length = flat ? shape.Aggregate(1, (n, d) => n * d) : shape[axis];
            return new("Compress", 11, ("x", AnyType(draw, shape)), ("condition", draw.Bools(draw.Chance(0.3) ? draw.Int(1, length) : length)))
            {
                Attributes = flat ? [] : [("axis", axis - (draw.Chance() ? shape.Length : 0))], Constants = draw.Chance(0.3) ? ["condition"] : [], RunsAlone = false, Tolerance = Tolerance.Exact,
            };
        };
        cases["Unique"] = draw =>
        {
            int[] shape = draw.Shape(1, 3);
            (string, object)[] axis = draw.Chance() ? [("axis", draw.Int(0, shape.Length - 1))] : [];
            HostTensor values = draw.Longs(-2, draw.Pick(0, 3, 40), shape);
            HostTensor x = draw.Pick<HostTensor>(values, HostTensor.Of(Array.ConvertAll(values.Values<long>().ToArray(), v => v / 2f), shape), HostTensor.Of(Array.ConvertAll(values.Values<long>().ToArray(), v => (sbyte)v), shape));
            return new("Unique", 11, ("x", x)) { Attributes = [.. axis, ("sorted", draw.Int(0, 1))], Outputs = 4, RunsAlone = false, Tolerance = Tolerance.Exact };
        };
        cases["NonMaxSuppression"] = draw =>
        {
            (int images, int classes, int count) = (draw.Int(1, 3), draw.Int(1, 4), draw.Pick(1, 3, 16, 50));
            string[] thresholds = ["most", "overlap", "least"];
            return new("NonMaxSuppression", 11, ("boxes", Boxes(draw, images, count)), ("scores", Scores(draw, images, classes, count)),
                ("most", draw.Pick(HostTensor.Scalar(3L), HostTensor.Longs(long.MaxValue), HostTensor.Longs(7), HostTensor.Scalar(-1L))),
                ("overlap", draw.Chance(0.2) ? null : HostTensor.Scalar(draw.Float(0, 1))), ("least", draw.Chance(0.4) ? null : HostTensor.Scalar(draw.Float(-1, 1))))
            {
                Attributes = [("center_point_box", draw.Int(0, 1))], Constants = [.. thresholds.Where(_ => draw.Chance(0.7))], RunsAlone = false, Tolerance = Tolerance.Exact,
            };
        };
        cases["Tail of a detector"] = draw =>
        {
            (int classes, int count, int most) = (draw.Int(1, 4), draw.Pick(5, 16, 50), draw.Pick(1, 3, 40));
            return new("NonMaxSuppression", 17, ("boxes", Boxes(draw, 1, count)), ("scores", Scores(draw, 1, classes, count)), ("most", HostTensor.Longs(most)),
                ("overlap", HostTensor.Of([0.4f], 1)), ("least", HostTensor.Of([draw.Pick(-1f, 0.2f, 2f)], 1)), ("two", HostTensor.Scalar(2L)), ("one", HostTensor.Scalar(1L)),
                ("from", HostTensor.Longs(0)), ("to", HostTensor.Longs(1)), ("kept", HostTensor.Longs(5)), ("rows", HostTensor.Longs(-1, 4)))
            {
                Constants = ["most", "overlap", "least", "two", "one", "from", "to", "kept", "rows"], Outputs = 4, RunsAlone = false, Tolerance = Tolerance.Exact,
                Nodes = DetectorTail,
            };
        };
    }

    /// <summary>Boxes, classes and scores of what is found, and the best five of them.</summary>
    private static void DetectorTail(OnnxBuilder builder) => builder
        .Node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], ["found"])
        .Node("Gather", ["found", "two"], ["places"], ("axis", 1L)).Node("Gather", ["found", "one"], ["out1"], ("axis", 1L))
        .Node("Gather", ["boxes", "places"], ["picked"], ("axis", 1L)).Node("Reshape", ["picked", "rows"], ["out0"])
        .Node("Transpose", ["scores"], ["turned"], ("perm", new[] { 0L, 2L, 1L })).Node("Squeeze", ["turned", "from"], ["table"])
        .Node("Unsqueeze", ["places", "to"], ["left"]).Node("Unsqueeze", ["out1", "to"], ["right"]).Node("Concat", ["left", "right"], ["pairs"], ("axis", 1L))
        .Node("GatherND", ["table", "pairs"], ["out2"])
        .Node("Shape", ["out2"], ["length"]).Node("Min", ["length", "kept"], ["k"]).Node("TopK", ["out2", "k"], ["best", "ranks"])
        .Node("Gather", ["out0", "ranks"], ["out3"]);

    /// <summary>Zeros among other numbers; perhaps nothing else.</summary>
    private static HostTensor Sparse(Draw draw, int[] shape)
    {
        HostTensor values = draw.Longs(draw.Pick(0, -1), draw.Pick(0, 1, 4), shape);
        float[] floats = Array.ConvertAll(values.Values<long>().ToArray(), v => v == 0 && draw.Chance() ? -0f : v);
        return draw.Pick(values, HostTensor.Of(floats, shape), draw.Bools(shape));
    }

    private static HostTensor Boxes(Draw draw, int images, int count) => draw.Floats(0f, draw.Pick(2f, 10f), images, count, 4);

    /// <summary>Some of them equal.</summary>
    private static HostTensor Scores(Draw draw, int images, int classes, int count) =>
        HostTensor.Of(Array.ConvertAll(draw.Longs(-9, 9, images, classes, count).Values<long>().ToArray(), v => v / 9f), images, classes, count);
}
