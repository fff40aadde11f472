using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Lr2vq.Artifacts;
using Ort = Microsoft.ML.OnnxRuntime;

namespace Lr2vq.OnnxRuntime;

/// <summary>Gives ONNX Runtime memory in the place of a file with external data, which its C# binding does not offer.</summary>
/// <remarks>The table of functions only grows, so a place in it stays what it is: these are of API 18, which ONNX Runtime 1.18 and later have.</remarks>
internal static unsafe partial class TensorHandover
{
    private const uint ApiVersion = 18;
    private const int GetErrorMessage = 2, ReleaseStatus = 93, AddExternalInitializersFromFilesInMemory = 279;

    /// <summary>Lets the options name memory as the file <see cref="ArtifactSkeleton.Location"/>. ONNX Runtime copies it while a session is made.</summary>
    /// <param name="options">Options of the session that is made next.</param>
    /// <param name="data">Stays until that session is made.</param>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="Ort.OnnxRuntimeException">ONNX Runtime is too old, or refuses.</exception>
    public static void Add(Ort.SessionOptions options, byte* data, long length)
    {
        void** table = ((delegate* unmanaged<uint, void**>)OrtGetApiBase()[0])(ApiVersion);
        if (table == null) throw new NotSupportedException("The native library of ONNX Runtime is older than 1.18");
        nint name = OperatingSystem.IsWindows() ? Marshal.StringToHGlobalUni(ArtifactSkeleton.Location) : Marshal.StringToCoTaskMemUTF8(ArtifactSkeleton.Location);
        bool isHeld = false;
        try
        {
            options.DangerousAddRef(ref isHeld);
            nuint bytes = (nuint)length;
            var add = (delegate* unmanaged<nint, nint*, byte**, nuint*, nuint, void*>)table[AddExternalInitializersFromFilesInMemory];
            void* status = add(options.DangerousGetHandle(), &name, &data, &bytes, 1);
            if (status == null) return;
            string message = Marshal.PtrToStringUTF8(((delegate* unmanaged<void*, nint>)table[GetErrorMessage])(status)) ?? "";
            ((delegate* unmanaged<void*, void>)table[ReleaseStatus])(status);
            throw new InvalidOperationException(message);
        }
        finally
        {
            if (isHeld) options.DangerousRelease();
            if (OperatingSystem.IsWindows()) Marshal.FreeHGlobal(name);
            else Marshal.FreeCoTaskMem(name);
        }
    }

    [LibraryImport("onnxruntime")]
    private static partial void** OrtGetApiBase();
}
