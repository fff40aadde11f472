using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using Lr2vq.Building;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.NodeTests;

/// <summary>ONNX's own node tests: folders with a model, inputs and expected outputs. Debian's package libonnx-testdata has those of ONNX 1.12, the
/// data folder those of 1.19.1.</summary>
internal static class NodeData
{
    private const string Debian = "1.12", Shared = "1.19.1";
    private const string DebianFolder = "/usr/share/libonnx-testdata/data/node";
    private const string SharedArchive = "onnx-node-1.19.1/node.tar.xz";

    public static string[] Versions { get; } = [Debian, Shared];

    /// <summary>The folders of one version's cases, sorted. Skips the test where the version is not to be had.</summary>
    public static string[] Cases(string version)
    {
        string folder = version == Debian ? DebianFolder : Unpacked();
        if (!Directory.Exists(folder)) Assert.Skip($"ONNX's node tests {version} are missing (Debian: libonnx-testdata)");
        return [.. Directory.GetDirectories(folder, "test_*").Order(StringComparer.Ordinal)];
    }

    private static string Unpacked()
    {
        string archive = TestData.Data(SharedArchive);
        string folder = ProvisionCache.SubFolder("onnx-node"), target = Path.Combine(folder, $"{Shared}-{new FileInfo(archive).Length:x}");
        if (Directory.Exists(target)) return Path.Combine(target, "node");
        using FileStream _ = ProvisionCache.Lock("onnx-node");
        if (Directory.Exists(target)) return Path.Combine(target, "node");
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder("onnx-node");
        Unpack(archive, work.Path);
        Directory.Move(work.Path, target);
        return Path.Combine(target, "node");
    }

    private static void Unpack(string archive, string folder)
    {
        ProcessStartInfo start = new("xz", ["-dc", archive]) { RedirectStandardOutput = true, UseShellExecute = false };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("the program xz is missing (Debian: xz-utils)");
            throw;
        }
        using (process)
        {
            TarFile.ExtractToDirectory(process.StandardOutput.BaseStream, folder, overwriteFiles: false);
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidDataException($"xz does not read {archive}");
        }
    }
}

/// <summary>One case: a model with a set of inputs and the outputs they must give.</summary>
/// <param name="Inputs">In the order of the model's inputs; a null value is a sequence or an optional.</param>
internal sealed record NodeCase(string Name, WireMessage Model, (string Name, HostTensor? Value)[] Inputs, HostTensor?[] Outputs)
{
    private WireMessage Graph => Model.Last(7)!.Value.Message;

    /// <summary>All sets of a folder.</summary>
    public static IEnumerable<NodeCase> Read(string folder)
    {
        WireMessage model = WireMessage.Parse(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));
        WireMessage graph = model.Last(7)!.Value.Message;
        WireMessage[] inputs = [.. graph.All(11).Select(field => field.Message)], outputs = [.. graph.All(12).Select(field => field.Message)];
        foreach (string set in Directory.GetDirectories(folder, "test_data_set_*").Order(StringComparer.Ordinal))
            yield return new NodeCase(Path.GetFileName(folder), model, [.. inputs.Select((port, i) => (port.Text(1), Value(port, Path.Combine(set, $"input_{i}.pb"))))],
                [.. outputs.Select((port, i) => Value(port, Path.Combine(set, $"output_{i}.pb")))]);
    }

    /// <summary>All inputs but the first become initializers; null if there is no second tensor.</summary>
    public NodeCase? WithConstants()
    {
        (string Name, HostTensor? Value)[] constants = [.. Inputs.Skip(1).Where(input => input.Value is { } value && OnnxTensor.CanWrite(value))];
        if (constants.Length == 0) return null;
        WireMessage graph = Graph.Replace(11, port => constants.Any(c => c.Name == port.Text(1)) ? null : port);
        foreach ((string name, HostTensor? value) in constants) graph = graph.With(5, OnnxTensor.Write(name, value!, OnnxBuilder.Form.Raw).ToArray());
        return this with { Model = Model.Replace(7, _ => graph), Inputs = [.. Inputs.Where(input => constants.All(c => c.Name != input.Name))] };
    }

    /// <summary>Numbers among the inputs' dimensions become symbols; null if there are none.</summary>
    /// <param name="shared">Equal lengths get the same symbol; else each dimension has its own.</param>
    public NodeCase? WithSymbols(bool shared)
    {
        int replaced = 0;
        WireMessage graph = Graph.Without(13)
            .Replace(11, port => ReplaceDimensions(port, (axis, length) =>
            {
                replaced++;
                return new OnnxWire().Text(2, shared ? $"n{length}" : $"{port.Text(1)}_{axis}");
            }))
            .Replace(12, port => ReplaceDimensions(port, (_, _) => new OnnxWire()));
        return replaced == 0 ? null : this with { Model = Model.Replace(7, _ => graph) };
    }

    public byte[] ModelBytes => Model.ToArray();

    private static WireMessage ReplaceDimensions(WireMessage port, Func<int, long, OnnxWire> replacement) =>
        port.Replace(2, type => type.Replace(1, tensor => tensor.Replace(2, shape =>
        {
            int axis = 0;
            return shape.Replace(1, dimension =>
            {
                int at = axis++;
                return dimension.Last(1) is { } length ? WireMessage.Parse(replacement(at, (long)length.Value).ToArray()) : dimension;
            });
        })));

    private static HostTensor? Value(WireMessage port, string path)
    {
        if (port.Last(2)?.Message.Last(1) is not { } type || !File.Exists(path)) return null;
        HostTensor? value = OnnxTensor.Read(File.ReadAllBytes(path));
        // Older versions wrote the bits of bfloat16 as integers.
        bool isBits = (ElementType)type.Message.Number(1) == ElementType.BFloat16 && value is { Type: ElementType.UInt16 };
        return isBits ? value! with { Type = ElementType.BFloat16 } : value;
    }
}
