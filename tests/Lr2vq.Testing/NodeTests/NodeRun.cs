using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Microsoft.ML.OnnxRuntime;

namespace Lr2vq.Testing.NodeTests;

/// <summary>What became of a case.</summary>
internal enum NodeOutcome
{
    /// <summary>All outputs are right.</summary>
    Right,
    /// <summary>The compiler refused it with a diagnostic.</summary>
    Refused,
    /// <summary>An output has another type, shape or value.</summary>
    Wrong,
    /// <summary>An exception that is no diagnostic of the compiler, or an artifact of ours that is refused.</summary>
    Broken,
}

/// <param name="Reason">Why it was refused, in a form that is the same for all cases of a kind; else what was found.</param>
/// <param name="Problem">What refused it; null for none.</param>
internal sealed record NodeResult(NodeOutcome Outcome, string Reason, Diagnostic? Problem = null);

/// <summary>Compresses a case's model without loss, runs it, and compares as ONNX's own runner does.</summary>
internal static class NodeRun
{
    private const double Relative = 1e-3, Absolute = 1e-7;

    /// <summary>The reason where the oracle decides and cannot.</summary>
    public const string OracleRefuses = "ONNX Runtime refuses the inputs too";

    private static readonly Lr2vq.SessionOptions s_oneThread = new() { Threads = 1 };

    /// <param name="sample">The case, in any form.</param>
    /// <param name="version">The version of ONNX that has it.</param>
    /// <param name="options">What is fixed of its inputs; null for nothing.</param>
    public static NodeResult Of(NodeCase sample, string version, ModelOptions? options = null)
    {
        bool useOracle = NodeExceptions.OtherData(version, sample.Name) is not null;
        double zero = NodeExceptions.RoundedZero(sample.Name);
        try
        {
            using ManagedChain chain = ManagedChain.Of(sample.ModelBytes, s_oneThread, options);
            (string Name, HostTensor Value)[] inputs = [.. sample.Inputs.Where(i => i.Value is not null && chain.HasInput(i.Name)).Select(i => (i.Name, i.Value!))];
            HostTensor?[] expected = useOracle ? Oracle(sample) : sample.Outputs;
            string? difference = Difference(expected, chain.Run(inputs), NodeExceptions.IsDrawn(sample.Name) ? double.PositiveInfinity : zero);
            return difference is null ? new NodeResult(NodeOutcome.Right, "") : new NodeResult(NodeOutcome.Wrong, difference);
        }
        catch (DiagnosticException e) when (e.Diagnostics.All(d => !d.Id.StartsWith("LR2VQ9", StringComparison.Ordinal)))
        {
            Diagnostic problem = e.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error);
            return new NodeResult(NodeOutcome.Refused, Kind(problem), problem);
        }
        catch (OnnxRuntimeException)
        {
            return new NodeResult(NodeOutcome.Refused, OracleRefuses);
        }
        catch (Exception e)
        {
            return new NodeResult(NodeOutcome.Broken, $"{e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Null if ONNX Runtime gives what the case expects.</summary>
    public static string? DifferenceOfOracle(NodeCase sample)
    {
        try
        {
            return Difference(sample.Outputs, Oracle(sample), 0);
        }
        catch (OnnxRuntimeException e)
        {
            return e.Message;
        }
    }

    private static HostTensor[] Oracle(NodeCase sample) => OrtOracle.Run(sample.ModelBytes, [.. sample.Inputs.Select(i => (i.Name, i.Value!))]);

    /// <summary>The text of a diagnostic without the names of this case.</summary>
    private static string Kind(Diagnostic problem)
    {
        string text = problem.Text;
        foreach (string? name in (string?[])[problem.Place.Node, problem.Place.Tensor])
            if (name is { Length: > 0 }) text = text.Replace($"'{name}'", "…", StringComparison.Ordinal);
        int list = text.IndexOf("; nodes that use it: ", StringComparison.Ordinal), end = list < 0 ? -1 : text.IndexOf(')', list);
        if (end > 0) text = text.Remove(list, end - list);
        return $"{problem.Id} {text}";
    }

    private static string? Difference(HostTensor?[] expected, HostTensor[] actual, double zero)
    {
        string? difference = expected.Length == actual.Length ? null : $"{actual.Length} outputs instead of {expected.Length}";
        for (int i = 0; i < actual.Length && difference is null; i++) difference = Difference(expected[i], actual[i], i, zero);
        return difference;
    }

    private static string? Difference(HostTensor? expected, HostTensor actual, int output, double zero)
    {
        if (expected is null) return $"output {output} is {actual}, not what the case expects";
        if (expected.Type != actual.Type || !expected.Shape.AsSpan().SequenceEqual(actual.Shape)) return $"output {output} is {actual}, not {expected}";
        double[] wanted = expected.ToDoubles(), found = actual.ToDoubles();
        bool exact = expected.Type is not (ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16);
        // Doubles do not hold all 64-bit integers.
        if (exact) return expected.Bytes.AsSpan().SequenceEqual(actual.Bytes) ? null : First(wanted, found, (a, b) => double.IsNaN(a) ? double.IsNaN(b) : BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b), output);
        return First(wanted, found, (a, b) => IsNear(a, b, Math.Max(zero, Absolute)), output);
    }

    private static string? First(double[] wanted, double[] found, Func<double, double, bool> fits, int output)
    {
        int wrong = 0, first = -1;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (fits(wanted[i], found[i])) continue;
            if (wrong++ == 0) first = i;
        }
        return wrong == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"output {output}: {wrong} of {wanted.Length} values differ, the first at {first}: expected {wanted[first]:R}, found {found[first]:R}");
    }

    private static bool IsNear(double expected, double actual, double absolute) =>
        expected == actual || (double.IsNaN(expected) && double.IsNaN(actual)) || Math.Abs(expected - actual) <= absolute + Relative * Math.Abs(expected);
}
