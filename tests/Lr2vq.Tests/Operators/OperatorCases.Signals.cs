using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Windows, spectra, and what is made of them.</summary>
internal static partial class OperatorCases
{
    /// <summary>ONNX Runtime computes spectra in f32, with sines of sums; SpectrumTests compares with their definition.</summary>
    private static Tolerance SpectrumTolerance => Tolerance.OfLargest(1e-4);

    private static void AddSignals(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        foreach (string op in new[] { "HannWindow", "HammingWindow", "BlackmanWindow" })
            cases[op] = draw => OfConstants(new(op, 17, ("length", HostTensor.Scalar((long)draw.Int(2, 70)))) { Attributes = [("periodic", (long)draw.Int(0, 1))] });
        cases["MelWeightMatrix"] = draw => OfConstants(new("MelWeightMatrix", 17, ("bins", HostTensor.Scalar((long)draw.Int(1, 20))), ("length", HostTensor.Scalar((long)draw.Pick(16, 400, 512))),
            ("rate", HostTensor.Scalar((long)draw.Pick(8000, 16000))), ("low", HostTensor.Scalar(draw.Float(0f, 200f))), ("high", HostTensor.Scalar(draw.Float(1000f, 4000f)))));
        cases["DFT"] = draw =>
        {
            int[] shape = [.. draw.Shape(0, 2), draw.Pick(1, 2, 3, 8, 12, 25, 32, 60), draw.Int(1, 2)];
            bool inverse = draw.Chance(0.3), half = !inverse && shape[^1] == 1 && draw.Chance();
            return new("DFT", 20, ("x", draw.Floats(shape)), ("length", null), ("axis", HostTensor.Scalar(-2L)))
            {
                Attributes = [("inverse", inverse ? 1L : 0L), ("onesided", half ? 1L : 0L)], PlanAttributes = inverse ? "inverse=1" : "", PlanInputs = ["x"], Constants = ["axis"],
                Tolerance = SpectrumTolerance,
            };
        };
        cases["DFT along an axis"] = draw =>
        {
            int[] shape = [draw.Int(1, 9), draw.Int(1, 9), draw.Int(1, 9), draw.Int(1, 2)];
            bool old = draw.Chance(), inverse = draw.Chance(0.3), half = !inverse && shape[^1] == 1 && draw.Chance();
            long axis = draw.Int(0, 2);
            HostTensor? length = draw.Chance() ? HostTensor.Scalar((long)draw.Int(1, 12)) : null;
            List<(string, object)> attributes = [("inverse", inverse ? 1L : 0L), ("onesided", half ? 1L : 0L)];
            if (old) attributes.Add(("axis", axis));
            (string, HostTensor?)[] inputs = [("x", draw.Floats(shape)), ("length", length)];
            return new("DFT", old ? 17 : 20, old ? inputs : [.. inputs, ("axis", HostTensor.Scalar(draw.Chance() ? axis : axis - 4))])
            {
                Attributes = [.. attributes], Constants = ["length", "axis"], RunsAlone = false, Tolerance = SpectrumTolerance,
            };
        };
        cases["STFT"] = draw =>
        {
            int length = draw.Pick(4, 7, 16, 20), step = draw.Int(1, length), parts = draw.Pick(1, 1, 2);
            bool window = draw.Chance();
            return new("STFT", 17, ("x", draw.Floats(draw.Int(1, 3), length + draw.Int(0, 40), parts)), ("step", HostTensor.Scalar((long)step)), ("window", window ? draw.Floats(0f, 1f, length) : null),
                ("length", !window || draw.Chance() ? HostTensor.Scalar((long)length) : null))
            {
                Attributes = [("onesided", parts == 1 ? draw.Int(0, 1) : 0L)], Constants = ["step", "window", "length"], RunsAlone = false, Tolerance = SpectrumTolerance,
            };
        };
    }

    /// <summary>An operator that the compiler computes: added to an input, so that there is a network.</summary>
    private static OperatorCase OfConstants(OperatorCase sample)
    {
        string[] constants = [.. sample.Inputs.Select(input => input.Name)];
        return sample with
        {
            Inputs = [.. sample.Inputs, ("x", HostTensor.Of([1f], 1))], Constants = constants, RunsAlone = false, Tolerance = Tolerance.Absolute(2e-6),
            Nodes = builder => builder.Node(sample.Op, constants, ["made"], sample.Attributes).Node("Mul", ["made", "x"], ["out0"]),
        };
    }
}
