using System;
using System.Collections.Generic;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

internal static partial class OperatorCases
{
    private static void AddReductions(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        void Reduce(string op, int low, int high, params ElementType[] types)
        {
            foreach (ElementType type in types)
                cases[$"{op} {type}"] = draw =>
                {
                    int[] shape = draw.Shape(1, 5), axes = draw.Axes(shape.Length);
                    return new(op, op == "ReduceSum" ? 12 : 11, ("x", draw.Numbers(type, low, high, shape)))
                    {
                        Attributes = [("axes", Array.ConvertAll(axes, a => (long)(draw.Chance(0.3) ? a - shape.Length : a))), ("keepdims", draw.Int(0, 1))],
                        PlanAttributes = $"axes={string.Join(',', axes)}",
                        // The oracle adds thousands of numbers one after the other in f32.
                        Tolerance = Tolerance.OfLargest(5e-6),
                    };
                };
        }

        Reduce("ReduceSum", -3, 3, NumberTypes);
        Reduce("ReduceMean", -3, 3, ElementType.Float32);
        Reduce("ReduceMax", -30, 30, NumberTypes);
        Reduce("ReduceMin", -30, 30, NumberTypes);
        Reduce("ReduceProd", -1, 1, NumberTypes);
        Reduce("ReduceL1", -3, 3, ElementType.Float32);
        Reduce("ReduceL2", -3, 3, ElementType.Float32);
        Reduce("ReduceLogSum", 1, 3, ElementType.Float32);
        Reduce("ReduceLogSumExp", -30, 30, ElementType.Float32);
        Reduce("ReduceSumSquare", -3, 3, ElementType.Float32);
        cases["ReduceMean of many"] = draw =>
        {
            int[] shape = [draw.Int(1, 3), draw.Int(5000, 9000), draw.Int(1, 3)];
            return new("ReduceMean", 11, ("x", draw.Floats(0, 2, shape)))
            {
                Attributes = [("axes", new long[] { 1 }), ("keepdims", 1)],
                PlanAttributes = "axes=1",
                // What the oracle loses by adding that many numbers.
                Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        foreach (string op in new[] { "ArgMax", "ArgMin" })
            cases[op] = draw =>
            {
                int[] shape = draw.Shape(1, 4);
                return new(op, 13, ("x", Some(draw, draw.Pick(ElementType.Float32, ElementType.Int32), shape)))
                {
                    Attributes = [("axis", draw.Int(0, shape.Length - 1)), ("keepdims", draw.Int(0, 1)), ("select_last_index", draw.Int(0, 1))],
                };
            };
        foreach (ElementType type in NumberTypes)
        {
            cases[$"CumSum {type}"] = draw =>
            {
                int[] shape = draw.Shape(1, 4);
                int axis = draw.Int(0, shape.Length - 1), exclusive = draw.Int(0, 1), reverse = draw.Int(0, 1);
                return new("CumSum", 14, ("x", draw.Numbers(type, -5, 5, shape)), ("axis", HostTensor.Scalar((long)axis)))
                {
                    Attributes = [("exclusive", exclusive), ("reverse", reverse)],
                    Constants = ["axis"],
                    PlanAttributes = $"axis={axis} exclusive={exclusive} reverse={reverse}",
                };
            };
            cases[$"TopK {type}"] = draw =>
            {
                int[] shape = draw.Shape(1, 4);
                int axis = draw.Int(0, shape.Length - 1);
                return new("TopK", 11, ("x", draw.Numbers(type, -50, 50, shape)), ("k", HostTensor.Longs(draw.Int(1, shape[axis]))))
                {
                    Attributes = [("axis", axis), ("largest", draw.Int(0, 1)), ("sorted", 1)],
                    Constants = ["k"],
                    Outputs = 2,
                };
            };
        }
    }

    private static void AddNormalisations(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        foreach (string op in new[] { "Softmax", "LogSoftmax", "Hardmax" })
        {
            cases[op] = draw =>
            {
                int[] shape = draw.Shape(1, 4);
                return new(op, 13, ("x", draw.Floats(-10, 10, shape))) { Attributes = [("axis", draw.Int(0, shape.Length - 1))] };
            };
            cases[$"{op} of many"] = draw =>
                new(op, 13, ("x", draw.Floats(-10f, 10f, 2, draw.Int(3000, 7000)))) { Attributes = [("axis", 1)] };
            cases[$"{op} before opset 13"] = draw =>
            {
                int[] shape = draw.Shape(1, 4);
                return new(op, 11, ("x", draw.Floats(-10, 10, shape))) { Attributes = [("axis", draw.Int(0, shape.Length - 1))], RunsAlone = false };
            };
        }
        cases["LayerNormalization"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int axis = draw.Int(0, shape.Length - 1);
            int[] row = shape[axis..];
            return new("LayerNormalization", 17, ("x", draw.Floats(shape)), ("scale", draw.Floats(row)), ("bias", draw.Chance() ? draw.Floats(row) : null))
            {
                Attributes = [("axis", axis), ("epsilon", draw.Float(1e-5f, 1e-2f))],
                Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["RMSNormalization"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            int axis = draw.Int(0, shape.Length - 1);
            return new("RMSNormalization", 23, ("x", draw.Floats(shape)), ("scale", draw.Floats(shape[axis..])))
            {
                Attributes = [("axis", axis), ("epsilon", draw.Float(1e-5f, 1e-2f))],
                Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["InstanceNormalization"] = draw =>
        {
            int[] shape = draw.Shape(3, 4);
            return new("InstanceNormalization", 7, ("x", draw.Floats(shape)), ("scale", draw.Floats(shape[1])), ("bias", draw.Floats(shape[1])))
            {
                Attributes = [("epsilon", draw.Float(1e-5f, 1e-2f))],
                Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["GroupNormalization"] = draw =>
        {
            int[] shape = draw.Shape(3, 4);
            int groups = draw.Int(1, 4);
            shape[1] = groups * draw.Int(1, 5);
            return new("GroupNormalization", 21, ("x", draw.Floats(shape)), ("scale", draw.Floats(shape[1])), ("bias", draw.Floats(shape[1])))
            {
                Attributes = [("num_groups", groups), ("epsilon", draw.Float(1e-5f, 1e-2f))],
                Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["BatchNormalization"] = draw =>
        {
            int[] shape = draw.Shape(2, 4);
            int c = shape[1];
            return new("BatchNormalization", 15, ("x", draw.Floats(shape)), ("scale", draw.Floats(c)), ("bias", draw.Floats(c)), ("mean", draw.Floats(c)),
                ("variance", draw.Floats(0.1f, 2, c)))
            {
                Attributes = [("epsilon", draw.Float(1e-5f, 1e-2f))],
                RunsAlone = false,
            };
        };
        cases["LRN"] = draw => new("LRN", 13, ("x", draw.Floats(draw.Shape(4))))
        {
            Attributes = [("alpha", draw.Float(0.01f, 1)), ("beta", draw.Float(0.5f, 1)), ("bias", draw.Float(1, 2)), ("size", draw.Pick(1, 3, 5))],
        };
        cases["LpNormalization"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            return new("LpNormalization", 7, ("x", draw.Floats(shape))) { Attributes = [("axis", draw.Int(0, shape.Length - 1)), ("p", draw.Int(1, 2))] };
        };
    }
}
