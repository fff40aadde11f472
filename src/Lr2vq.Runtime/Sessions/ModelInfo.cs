using System.Collections.Generic;

namespace Lr2vq;

/// <summary>What is known of a loaded model.</summary>
public sealed class ModelInfo
{
    internal ModelInfo()
    {
    }

    /// <summary>Name of the model: what its ONNX graph is called.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the .onnx it was compressed from with its external data, in hex.</summary>
    public required string SourceHash { get; init; }

    /// <summary>Hash of the network's structure, in hex; a generated class loads only artifacts of its own structure.</summary>
    public required string StructureHash { get; init; }

    /// <summary>ONNX operator set of the model.</summary>
    public required int Opset { get; init; }

    /// <summary>Version of the compressor.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>The preset it was compressed with.</summary>
    public required string Preset { get; init; }

    /// <summary>Bytes of the .onnx with its external data.</summary>
    public required long OriginalBytes { get; init; }

    /// <summary>Bytes of the artifact.</summary>
    public required long CompressedBytes { get; init; }

    /// <summary><see cref="OriginalBytes"/> ÷ <see cref="CompressedBytes"/>.</summary>
    public double Ratio => CompressedBytes == 0 ? 0 : (double)OriginalBytes / CompressedBytes;

    /// <summary>The inputs, in order.</summary>
    public required IReadOnlyList<PortInfo> Inputs { get; init; }

    /// <summary>The outputs, in order.</summary>
    public required IReadOnlyList<PortInfo> Outputs { get; init; }

    /// <summary>The weights, in the order of the artifact.</summary>
    public required IReadOnlyList<TensorInfo> Tensors { get; init; }

    /// <inheritdoc/>
    public override string ToString() => System.FormattableString.Invariant(
        $"{Name}: {OriginalBytes} bytes compressed to {CompressedBytes} ({Ratio:0.00}x), preset {Preset}");
}
