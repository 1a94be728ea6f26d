#include <protobuf-c/protobuf-c.h>

/// One message type of a schema.
///
/// The descriptor lives as long as the program and never changes, so passing this value around is safe; Swift's
/// strict memory safety is told so. Generated C code hands these out from functions, because Swift would copy a C
/// global, and protobuf-c compares descriptors by address.
typedef struct {
    const ProtobufCMessageDescriptor *descriptor;
} __attribute__((swift_attr("safe"))) ProtobufMessageType;
