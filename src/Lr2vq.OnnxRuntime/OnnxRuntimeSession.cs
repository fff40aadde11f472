using System;
using System.Threading;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Ort = Microsoft.ML.OnnxRuntime;

namespace Lr2vq.OnnxRuntime;

/// <summary>One caller's inputs and outputs on a model that ONNX Runtime computes. Used by one thread at a time; any number of sessions share ONNX
/// Runtime's session, and with it the weights.</summary>
/// <remarks>Inputs are read where they lie in this session; outputs are copied into it after a run. A call allocates little, but not nothing.</remarks>
public sealed unsafe class OnnxRuntimeSession : BackendSession
{
    private readonly OnnxRuntimeModel _model;
    private readonly Ort.RunOptions _options = new();
    private readonly Ort.OrtValue?[] _values;
    private readonly PinnedMemory?[] _outputs;
    private readonly int[][] _outputShapes;

    internal OnnxRuntimeSession(OnnxRuntimeModel model) : base(model)
    {
        _model = model;
        _values = new Ort.OrtValue?[model.InputNames.Length];
        _outputs = new PinnedMemory?[model.OutputNames.Length];
        _outputShapes = new int[_outputs.Length][];
    }

    private protected override long OwnBytes
    {
        get
        {
            long bytes = 0;
            foreach (PinnedMemory? output in _outputs) bytes += output?.Length ?? 0;
            return bytes;
        }
    }

    private protected override void Ready() => RequireInputs();

    private protected override void Compute(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using CancellationTokenRegistration ends = cancellationToken.UnsafeRegister(static options => ((Ort.RunOptions)options!).Terminate = true, _options);
            using Ort.IDisposableReadOnlyCollection<Ort.OrtValue> outputs = _model.Inference.Run(_options, _model.InputNames, _values!, _model.OutputNames);
            for (int i = 0; i < _outputs.Length; i++) Take(i, outputs[i]);
            CountMemory();
        }
        catch (Ort.OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Ort.OnnxRuntimeException problem)
        {
            throw new ArgumentException($"ONNX Runtime cannot compute the network for these inputs: {problem.Message.Trim()}", problem);
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested) _options.Terminate = false;
        }
    }

    /// <summary>ONNX Runtime reads an input where it lies.</summary>
    private protected override void Placed(int index, int length, bool moved, bool reshaped)
    {
        if (!moved && !reshaped && _values[index] is not null) return;
        _values[index]?.Dispose();
        _values[index] = null;
        ReadOnlySpan<int> dimensions = Inputs.DimensionsOf(index);
        long[] shape = new long[dimensions.Length];
        for (int d = 0; d < shape.Length; d++) shape[d] = dimensions[d];
        _values[index] = Ort.OrtValue.CreateTensorValueWithData(Ort.OrtMemoryInfo.DefaultInstance, (Ort.Tensors.TensorElementType)(int)_model.Plan.Inputs[index].Type,
            shape, (nint)Inputs.Data[index], length);
    }

    private protected override ReadOnlySpan<int> ExpectedShape(int index) =>
        InputShapes.Evaluate(_model.Plan.Outputs[index].Shape, _model.InputShapes.Solve(Inputs.Dimensions), "the output");

    private protected override ReadOnlySpan<int> ShapeOf(int index) => _outputShapes[index];

    private protected override PinnedMemory Locate(int index, out byte* data)
    {
        PinnedMemory memory = _outputs[index]!;
        data = memory.Data;
        return memory;
    }

    private protected override void Free()
    {
        foreach (Ort.OrtValue? value in _values) value?.Dispose();
        _options.Dispose();
        Array.Clear(_outputs);
    }

    /// <summary>Copies an output, so that no span of a caller ends in memory of ONNX Runtime.</summary>
    private void Take(int index, Ort.OrtValue value)
    {
        PlanPort port = _model.Plan.Outputs[index];
        Ort.OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if ((ElementType)(int)info.ElementDataType != port.Type)
            throw new InvalidOperationException($"The output '{port.Name}' has elements of type {(ElementType)(int)info.ElementDataType}; the model declares {port.Type}");
        long[] shape = info.Shape;
        if (_outputShapes[index]?.Length != shape.Length) _outputShapes[index] = new int[shape.Length];
        for (int d = 0; d < shape.Length; d++) _outputShapes[index][d] = checked((int)shape[d]);
        int bytes = checked((int)(info.ElementCount * ElementTypes.ByteLength(port.Type)));
        if (bytes == 0) return;
        if (_outputs[index] is not { } room || room.Length < bytes) _outputs[index] = room = new PinnedMemory(bytes);
        value.GetTensorMutableRawData()[..bytes].CopyTo(new Span<byte>(room.Data, bytes));
    }
}
