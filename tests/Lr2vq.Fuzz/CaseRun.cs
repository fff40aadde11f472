using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Testing;
using Microsoft.ML.OnnxRuntime;

namespace Lr2vq.Fuzz;

/// <summary>Takes a file through everything that a user would, and says whether it ended as documented.</summary>
internal static class CaseRun
{
    /// <summary>Elements of the largest input that is given; damage can make a sound network that is far too large to run here.</summary>
    private const long MostElements = 20_000_000;

    /// <summary>How long a network may compute: a loop that damage made endless has to end when it is asked to.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2);

    private static readonly Lr2vq.SessionOptions s_oneThread = new() { Threads = 1 };

    /// <summary>Loads and runs an artifact.</summary>
    public static (CaseOutcome Outcome, string Detail) Artifact(byte[] artifact, int seed)
    {
        try
        {
            using PlanRunner model = PlanRunner.Load(artifact, s_oneThread);
            return Compute(model, new Random(seed), null, []);
        }
        catch (InvalidArtifactException e)
        {
            return (CaseOutcome.Refused, e.Message);
        }
        catch (Exception e)
        {
            return (CaseOutcome.Undocumented, e.ToString());
        }
    }

    /// <summary>Reads, plans and compresses a model, then runs what came out.</summary>
    /// <param name="model">The bytes of the .onnx file.</param>
    /// <param name="seed">Of the inputs.</param>
    /// <param name="oracle">Whether ONNX Runtime's answer is the measure.</param>
    /// <param name="shape">Shape of the first input; empty to draw its symbols.</param>
    public static (CaseOutcome Outcome, string Detail) Model(byte[] model, int seed, bool oracle, params int[] shape)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-case-").FullName;
        try
        {
            string path = Path.Combine(folder, "model.onnx"), artifact = Path.Combine(folder, "model.lr2vq");
            File.WriteAllBytes(path, model);
            InterfaceReader.Read(path, new DiagnosticBag());
            DiagnosticBag bag = new();
            ModelOptions options = oracle ? ManagedChain.Exact : new ModelOptions { Compression = new CompressionOptions { Preset = Preset.Fast, Threads = 1 } };
            if (ModelCompressor.Compress(path, artifact, options, null, bag, CancellationToken.None) is null)
            {
                Diagnostic first = bag.All.First(d => d.Severity == DiagnosticSeverity.Error);
                string? own = bag.All.FirstOrDefault(d => d.Id.StartsWith("LR2VQ9", StringComparison.Ordinal))?.ToString();
                string[] left = [.. Directory.GetFiles(folder).Select(Path.GetFileName).OfType<string>().Where(name => name != "model.onnx")];
                return own is not null ? (CaseOutcome.Undocumented, own)
                    : left.Length > 0 ? (CaseOutcome.Undocumented, $"{left[0]} was left behind") : (CaseOutcome.Refused, $"{first.Id} {first.Text}");
            }
            using PlanRunner runner = PlanRunner.Load(File.ReadAllBytes(artifact), s_oneThread);
            return Compute(runner, new Random(seed), oracle ? model : null, shape);
        }
        catch (Exception e)
        {
            return (CaseOutcome.Undocumented, e.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (CaseOutcome Outcome, string Detail) Compute(PlanRunner model, Random random, byte[]? oracle, int[] first)
    {
        using ModelSession session = model.CreateSession();
        Dictionary<string, int> lengths = [];
        List<(string Name, HostTensor Value)> inputs = [];
        foreach (PortInfo port in model.Info.Inputs)
        {
            int[] shape = first.Length > 0 && inputs.Count == 0 ? first : [.. port.Dimensions.Select(dimension => Length(dimension, lengths, random))];
            double elements = shape.Aggregate(1.0, (product, length) => product * length);
            if (elements > MostElements) return (CaseOutcome.Ran, "loaded; the input is too large to run");
            inputs.Add((port.Name, Values(port.Type, shape, random)));
        }
        string about = string.Join(" ", inputs.Select(input => $"{input.Name}=[{string.Join(',', input.Value.Shape)}]"));
        try
        {
            for (int i = 0; i < inputs.Count; i++) session.SetInputBytes(i, inputs[i].Value.Bytes, inputs[i].Value.Shape);
            using CancellationTokenSource limit = new(s_longest);
            session.Run(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return (CaseOutcome.Ran, $"{about}: ended while it computed");
        }
        catch (Exception e) when (e is ArgumentException or InvalidArtifactException)
        {
            return (CaseOutcome.Refused, $"{about}: {e.Message}");
        }
        // Every byte of every output is read, so that an output that is longer than its memory is noticed.
        List<HostTensor> outputs = [];
        for (int i = 0; i < model.Info.Outputs.Count; i++) outputs.Add(new HostTensor(model.Info.Outputs[i].Type, session.OutputShape(i).ToArray(), session.OutputBytes(i).ToArray()));
        return oracle is null ? (CaseOutcome.Ran, about) : Judge(oracle, inputs, outputs, about);
    }

    /// <summary>Where ONNX Runtime refuses there is no right answer.</summary>
    private static (CaseOutcome Outcome, string Detail) Judge(byte[] model, List<(string Name, HostTensor Value)> inputs, List<HostTensor> outputs, string about)
    {
        HostTensor[] expected;
        try
        {
            using OrtOracle oracle = new(model, optimize: false);
            expected = oracle.Run([.. inputs]);
        }
        catch (OnnxRuntimeException e) when (e.Message.Contains("only supports", StringComparison.Ordinal) || e.Message.Contains("Pad reflect", StringComparison.Ordinal))
        {
            // Resize along batch and channels; reflecting more than once, which the specification has by reference to NumPy.
            return (CaseOutcome.Ran, $"{about}: a form that ONNX Runtime does not have");
        }
        catch (OnnxRuntimeException e)
        {
            return (CaseOutcome.Wrong, $"{about}: ran where ONNX Runtime refuses: {e.Message}");
        }
        try
        {
            for (int i = 0; i < expected.Length; i++) Tolerance.OfLargest(1e-4).Check(expected[i], outputs[i]);
            return (CaseOutcome.Ran, about);
        }
        catch (Exception e) when (e is Xunit.Sdk.IAssertionException)
        {
            return (CaseOutcome.Wrong, $"{about}: {e.Message}");
        }
    }

    /// <summary>A symbol gets one of the lengths that go wrong most easily; the same one wherever it stands, but for one time in eight.</summary>
    private static int Length(string dimension, Dictionary<string, int> lengths, Random random)
    {
        if (int.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return number;
        if (lengths.TryGetValue(dimension, out int known) && random.Next(8) > 0) return known;
        int[] likely = [1, 1, 2, 3, 4, 5, 6, 7, 8, 12, 14, 16, 17, 28, 32, 0];
        return lengths[dimension] = likely[random.Next(likely.Length)];
    }

    /// <summary>Floats around zero; integers that may be indices, one time in four with some that are none.</summary>
    private static HostTensor Values(ElementType type, int[] shape, Random random)
    {
        int size = Lr2vq.Testing.ElementTypes.SizeOf(type), count = shape.Aggregate(1, (a, b) => a * b);
        byte[] bytes = new byte[(long)count * size];
        int least = random.Next(4) == 0 ? -3 : 0, most = random.Next(4) == 0 ? 70000 : 3;
        for (int i = 0; i < count; i++)
        {
            Span<byte> element = bytes.AsSpan(i * size, size);
            int value = random.Next(least, most);
            switch (type)
            {
                case ElementType.Float32: BitConverter.TryWriteBytes(element, random.NextSingle() * 4 - 2); break;
                case ElementType.Float64: BitConverter.TryWriteBytes(element, random.NextDouble() * 4 - 2); break;
                case ElementType.Float16: BitConverter.TryWriteBytes(element, (Half)(random.NextSingle() * 4 - 2)); break;
                case ElementType.BFloat16: BitConverter.TryWriteBytes(element, (ushort)(BitConverter.SingleToUInt32Bits(random.NextSingle() * 4 - 2) >> 16)); break;
                case ElementType.Bool: element[0] = (byte)random.Next(2); break;
                default:
                    for (int b = 0; b < size; b++) element[b] = (byte)((long)value >> (8 * b));
                    break;
            }
        }
        return new HostTensor(type, shape, bytes);
    }
}
